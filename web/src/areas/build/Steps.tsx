import type { PipelineJob } from '../../api/kinds';
import { Elapsed } from '../../ui/Age';
import { StateIcon } from '../../ui/StateIcon';
import { toneOf, wordOf } from '../../ui/status';
import classes from './Steps.module.css';

interface Props {
  readonly job: PipelineJob;
  readonly selected: number | undefined;
  readonly onSelect: (step: number) => void;
}

/** The steps of a job; the bar under each is its share of the job's time. */
export function Steps({ job, selected, onSelect }: Props) {
  const steps = job.steps ?? [];
  const longest = Math.max(1, ...steps.map((step) => lengthOf(step.startedAt, step.finishedAt)));
  if (steps.length === 0) return <p className={classes.none}>{job.message ?? 'It has no steps yet.'}</p>;
  return (
    <ol className={classes.steps}>
      {steps.map((step) => (
        <li key={step.number}>
          <button type="button" className={classes.step} data-selected={step.number === selected || undefined} aria-pressed={step.number === selected} onClick={() => onSelect(step.number)}>
            <StateIcon tone={toneOf(step.phase)} />
            <span className={classes.name}>{step.name}</span>
            <span className={classes.time}>{step.startedAt ? <Elapsed from={step.startedAt} to={step.finishedAt} /> : wordOf(step.phase)}</span>
            <span className={classes.bar} aria-hidden>
              <span style={{ width: `${(lengthOf(step.startedAt, step.finishedAt) / longest) * 100}%` }} />
            </span>
            {step.message && <span className={classes.message}>{step.message}</span>}
          </button>
        </li>
      ))}
    </ol>
  );
}

function lengthOf(from: string | undefined, to: string | undefined): number {
  return from && to ? Date.parse(to) - Date.parse(from) : 0;
}
