import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { telemetry, type LogLine } from '../../../api/telemetry';
import { clockTime } from '../../../api/time';
import { Failure } from '../../../ui/Failure';
import classes from '../Observe.module.css';
import { streamOf } from './streams';

const around = 8;

/** A line; chosen, it shows its labels and the lines of its stream before and after it. A line of a trace leads to it. */
export function LogRow({ line }: { readonly line: LogLine }) {
  const [open, setOpen] = useState(false);
  const trace = line.labels.trace_id;
  const source = line.labels.service ?? line.labels.service_name ?? line.labels.pod ?? line.labels.app ?? '';
  return (
    <div className={classes.entry} data-open={open || undefined}>
      <div className={classes.line} data-level={line.labels.detected_level}>
        <button type="button" className={classes.at} aria-expanded={open} title="What surrounds this line" onClick={() => setOpen(!open)}>
          <Moment at={line.at} />
        </button>
        {source && <span className={classes.source}>{source}</span>}
        <span>{line.line}</span>
        {trace && (
          <Link to="/observe/traces/$trace" params={{ trace }} className="fw-link">
            trace
          </Link>
        )}
      </div>
      {open && <Surroundings line={line} />}
    </div>
  );
}

export function Moment({ at }: { readonly at: string }) {
  const moment = new Date(Number(at.slice(0, -6)));
  return <time dateTime={moment.toISOString()}>{clockTime(moment)}</time>;
}

function Surroundings({ line }: { readonly line: LogLine }) {
  const selector = streamOf(line.labels);
  const answer = useQuery({ queryKey: ['log-context', selector, line.at], queryFn: ({ signal }) => telemetry.context(selector, line.at, around, signal), staleTime: Infinity, retry: false });
  const { before = [], at = [], after = [] } = answer.data ?? {};
  return (
    <div className={classes.context} role="group" aria-label="The lines around it">
      <p className={classes.labels}>
        {Object.entries(line.labels).map(([name, value]) => (
          <span key={name}>
            {name}=<b>{value}</b>
          </span>
        ))}
      </p>
      {answer.error && <Failure error={answer.error} what="The lines around it were not read." />}
      {[...before, ...at, ...after].map((one, index) => (
        <div key={`${one.at}-${index}`} className={classes.line} data-here={one.at === line.at || undefined}>
          <Moment at={one.at} />
          <span>{one.line}</span>
        </div>
      ))}
    </div>
  );
}
