import type { Rollout } from '../../../api/kinds';
import classes from './TrafficBar.module.css';

/** All traffic as one bar; the boundary moves as the rollout does. */
export function TrafficBar({ rollout }: { rollout: Rollout }) {
  const weight = rollout.status?.weight ?? 0;
  const done = rollout.status?.phase === 'Succeeded';
  const canary = done ? 100 : weight;
  return (
    <div>
      <div className={classes.legend}>
        <span className={classes.side} data-side="stable">
          <i aria-hidden /> Stable <span className="fw-mono fw-muted">{rollout.spec.stableRelease ?? 'none'}</span> <b>{100 - canary} %</b>
        </span>
        <span className={classes.side} data-side="canary">
          <i aria-hidden /> New <span className="fw-mono fw-muted">{rollout.spec.release}</span> <b>{canary} %</b>
        </span>
      </div>
      <div className={classes.bar} role="img" aria-label={`${100 - canary} % of traffic on the stable version, ${canary} % on the new one`}>
        <span className={classes.stable} style={{ width: `${100 - canary}%` }} />
        <span className={classes.canary} style={{ width: `${canary}%` }} />
      </div>
    </div>
  );
}
