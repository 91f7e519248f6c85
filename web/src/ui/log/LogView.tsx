import { ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDownToLine, ChevronDown, ChevronsDownUp, ChevronsUpDown, ChevronUp, Download, Search } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Failure } from '../Failure';
import { findLines, visibleLines } from './fold';
import { LogRow } from './LogRow';
import classes from './LogView.module.css';
import { useLogStream } from './useLogStream';

interface Props {
  readonly url: string | null;
  /** The whole log as a file. */
  readonly downloadUrl?: string;
  readonly title: string;
  /** What to say while there is nothing. */
  readonly empty: string;
  readonly height?: number | string;
}

/** A log that streams, folds, searches, and links by line. */
export function LogView({ url, downloadUrl, title, empty, height = 520 }: Props) {
  const { log, phase, error, again } = useLogStream(url);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [search, setSearch] = useState('');
  const [match, setMatch] = useState(0);
  const [following, setFollowing] = useState(true);
  const [linked, setLinked] = useState(lineOfHash);
  const box = useRef<HTMLDivElement>(null);

  const lines = useMemo(() => visibleLines(log, folded), [log, folded]);
  const matches = useMemo(() => findLines(log, search), [log, search]);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => 20, overscan: 24 });

  const goTo = useCallback(
    (number: number) => {
      setFollowing(false);
      const index = lines.findIndex((line) => line.number >= number);
      if (index >= 0) rows.scrollToIndex(index, { align: 'center' });
    },
    [lines, rows],
  );

  useEffect(() => {
    const onHash = () => setLinked(lineOfHash());
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);

  const reached = useRef(false);
  useEffect(() => {
    if (!linked || reached.current || !lines.some((line) => line.number === linked)) return;
    reached.current = true;
    goTo(linked);
  }, [goTo, lines, linked]);

  const [firstError] = log.errors;
  useEffect(() => {
    if (phase !== 'ended' || linked || firstError === undefined || reached.current) return;
    reached.current = true;
    goTo(firstError);
  }, [firstError, goTo, linked, phase]);

  useEffect(() => {
    if (following && !linked && phase === 'streaming' && lines.length) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [following, lines.length, linked, phase, rows]);

  const step = (by: number) => {
    if (!matches.length) return;
    const next = (match + by + matches.length) % matches.length;
    setMatch(next);
    setFolded(new Set());
    goTo(matches[next] ?? 1);
  };

  const toggle = (group: number) =>
    setFolded((previous) => {
      const next = new Set(previous);
      if (!next.delete(group)) next.add(group);
      return next;
    });

  const allFolded = folded.size > 0;
  return (
    <div className={classes.view}>
      <div className={classes.bar}>
        <span className={classes.title}>{title}</span>
        <span className={classes.phase} role="status">
          {phase === 'streaming' ? 'live' : phase === 'ended' && log.lines.length ? `${log.lines.length} lines` : ''}
        </span>
        {log.errors.length > 0 && (
          <button type="button" className={classes.errors} onClick={() => goTo(log.errors[0] ?? 1)}>
            {log.errors.length} {log.errors.length === 1 ? 'error' : 'errors'}
          </button>
        )}
        <TextInput
          className={classes.search}
          size="xs"
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            setMatch(0);
          }}
          onKeyDown={(event) => event.key === 'Enter' && step(event.shiftKey ? -1 : 1)}
          placeholder="Search the log"
          aria-label="Search the log"
          data-page-filter
          leftSection={<Search size={14} />}
        />
        {search && (
          <span className={classes.count} role="status">
            {matches.length ? `${match + 1} of ${matches.length}` : 'none'}
          </span>
        )}
        <span className={classes.tools}>
          {search && (
            <>
              <Tool label="Previous match" onClick={() => step(-1)} icon={<ChevronUp size={14} />} />
              <Tool label="Next match" onClick={() => step(1)} icon={<ChevronDown size={14} />} />
            </>
          )}
          {log.sizes.size > 0 && (
            <Tool
              label={allFolded ? 'Unfold all groups' : 'Fold all groups'}
              onClick={() => setFolded(allFolded ? new Set() : new Set(log.sizes.keys()))}
              icon={allFolded ? <ChevronsUpDown size={14} /> : <ChevronsDownUp size={14} />}
            />
          )}
          <Tool
            label="Go to the end and follow"
            onClick={() => {
              setFollowing(true);
              rows.scrollToIndex(Math.max(0, lines.length - 1), { align: 'end' });
            }}
            icon={<ArrowDownToLine size={14} />}
          />
          {downloadUrl && (
            <Tooltip label="Download">
              <ActionIcon component="a" href={downloadUrl} download={`${title}.log`} aria-label="Download the log">
                <Download size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </span>
      </div>
      {phase === 'failed' && (
        <div className={classes.failure}>
          <Failure error={error} what="The log could not be read." retry={again} />
        </div>
      )}
      <div
        ref={box}
        className={classes.lines}
        style={{ height }}
        role="log"
        aria-label={title}
        aria-live="off"
        tabIndex={0}
        onWheel={() => setFollowing(false)}
      >
        {lines.length === 0 && phase !== 'failed' && <p className={classes.empty}>{phase === 'opening' && url ? 'Opening the log…' : empty}</p>}
        <div style={{ height: rows.getTotalSize(), position: 'relative', minWidth: 'max-content' }}>
          {rows.getVirtualItems().map((row) => {
            const line = lines[row.index];
            return (
              line && (
                <LogRow
                  key={line.number}
                  line={line}
                  top={row.start}
                  linked={linked === line.number}
                  found={search !== '' && matches[match] === line.number}
                  search={search}
                  folded={folded.has(line.number)}
                  size={log.sizes.get(line.number)}
                  onToggle={toggle}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Tool({ label, onClick, icon }: { label: string; onClick: () => void; icon: React.ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon onClick={onClick} aria-label={label}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

function lineOfHash(): number {
  return Number(/^#L(\d+)$/.exec(window.location.hash)?.[1] ?? 0);
}
