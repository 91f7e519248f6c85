import classes from './State.module.css';
import { StateIcon, toneColor } from './StateIcon';
import { toneOf, wordOf, type Tone } from './status';

interface Props {
  readonly value: string | undefined;
  readonly tone?: Tone;
  readonly label?: string;
  readonly soft?: boolean;
}

/** A state as icon and word. */
export function State({ value, tone = toneOf(value), label = wordOf(value), soft = false }: Props) {
  return (
    <span className={classes.state} data-soft={soft ? tone : undefined} style={{ color: tone === 'idle' ? 'var(--fw-text-2)' : toneColor[tone] }}>
      <StateIcon tone={tone} />
      <span>{label}</span>
    </span>
  );
}
