import { Tooltip } from '@mantine/core';
import type { Rollout } from '../../api/kinds';
import { describeStep, waitsForPerson } from './model';
import classes from './StepTrack.module.css';

/** A rollout as a row of steps that fill one by one. */
export function StepTrack({ rollout }: { rollout: Rollout }) {
  const steps = rollout.spec.canary.steps;
  const at = rollout.status?.step ?? 0;
  const aborting = rollout.status?.phase === 'Aborting' || rollout.status?.phase === 'Aborted';
  return (
    <div
      className={classes.track}
      role="progressbar"
      aria-label={`Rollout of ${rollout.spec.application} in ${rollout.spec.environment}`}
      aria-valuemin={0}
      aria-valuemax={steps.length}
      aria-valuenow={Math.min(at, steps.length)}
      aria-valuetext={`Step ${Math.min(at + 1, steps.length)} of ${steps.length}, ${rollout.status?.weight ?? 0} % of traffic`}
    >
      {steps.map((step, index) => (
        <Tooltip key={index} label={`${index + 1}. ${describeStep(step)}`}>
          <span className={classes.step} data-state={index < at ? 'done' : index > at ? 'ahead' : aborting ? 'failed' : waitsForPerson(rollout) ? 'held' : 'now'} />
        </Tooltip>
      ))}
    </div>
  );
}
