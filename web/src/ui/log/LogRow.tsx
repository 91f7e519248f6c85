import { ChevronDown, ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { parseAnsi, type Span } from './ansi';
import type { LogLine } from './fold';
import classes from './LogView.module.css';

interface Props {
  readonly line: LogLine;
  readonly top: number;
  readonly linked: boolean;
  readonly found: boolean;
  readonly search: string;
  readonly folded: boolean;
  readonly size: number | undefined;
  readonly onToggle: (group: number) => void;
}

export const LogRow = memo(function LogRow({ line, top, linked, found, search, folded, size, onToggle }: Props) {
  return (
    <div className={classes.row} data-kind={line.kind} data-linked={linked || undefined} data-found={found || undefined} style={{ transform: `translateY(${top}px)` }}>
      <a className={classes.number} href={`#L${line.number}`} aria-label={`Link to line ${line.number}`} tabIndex={-1}>
        {line.number}
      </a>
      {line.kind === 'group' ? (
        <button type="button" className={classes.group} aria-expanded={!folded} onClick={() => onToggle(line.number)}>
          {folded ? <ChevronRight size={14} aria-hidden /> : <ChevronDown size={14} aria-hidden />}
          {line.plain}
          {folded && <span className={classes.hiddenCount}>{size ?? 0} lines</span>}
        </button>
      ) : (
        <span className={classes.text} data-grouped={line.group > 0 || undefined}>
          {parseAnsi(line.text).map((span, index) => (
            <Piece key={index} span={span} search={search} />
          ))}
        </span>
      )}
    </div>
  );
});

function Piece({ span, search }: { span: Span; search: string }) {
  const style = span.color || span.bold || span.dim ? { color: span.color ? `var(--log-${span.color})` : undefined, fontWeight: span.bold ? 700 : undefined, opacity: span.dim ? 0.7 : undefined } : undefined;
  return <span style={style}>{search ? marked(span.text, search) : span.text}</span>;
}

function marked(text: string, search: string) {
  const at = text.toLowerCase().indexOf(search.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + search.length)}</mark>
      {text.slice(at + search.length)}
    </>
  );
}
