import { ChevronRight } from 'lucide-react';
import { BoardCell } from '../board/BoardCell';
import type { Stop } from '../model';
import classes from './EnvironmentStrip.module.css';

/** The environments in the order in which a release passes them. */
export function EnvironmentStrip({ stops }: { stops: readonly Stop[] }) {
  return (
    <ol className={classes.strip} aria-label="Environments" style={{ '--stops': stops.length } as React.CSSProperties}>
      {stops.map((stop, index) => (
        <li key={stop.spec.name} className={classes.stop}>
          <div className={classes.name}>
            {stop.spec.name}
            <span className={classes.gate}>{gate(stop)}</span>
          </div>
          <BoardCell stop={stop} />
          {index < stops.length - 1 && (
            <span className={classes.arrow} aria-hidden>
              <ChevronRight size={14} />
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function gate({ spec }: Stop): string {
  const parts = [spec.gate?.type === 'Approval' ? 'by approval' : 'automatic'];
  if (spec.gate?.soak) parts.push(`after ${spec.gate.soak}`);
  if (spec.strategy?.canary) parts.push('canary');
  return parts.join(', ');
}
