import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { telemetry } from '../../../api/telemetry';
import { exact } from '../../../api/time';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Page } from '../../../ui/Page';
import { Panel } from '../../../ui/Panel';
import { StateIcon } from '../../../ui/StateIcon';
import { colorOf, seconds } from '../series';
import { Tabs } from '../Tabs';
import classes from './TracePage.module.css';
import { failed, rootOf, serviceOf, waterfall, type Bar } from './waterfall';

const route = getRouteApi('/observe/traces/$trace');

/** One trace as a waterfall; what it waited for stands out. */
export function TracePage() {
  const { trace: id } = route.useParams();
  const answer = useQuery({ queryKey: ['trace', id], queryFn: ({ signal }) => telemetry.trace(id, signal), retry: false });
  const [open, setOpen] = useState<string | null>(null);
  const trace = answer.data;
  const root = trace && rootOf(trace);
  const bars = trace ? waterfall(trace) : [];
  const begin = Math.min(...bars.map((bar) => bar.span.startTime));
  const length = Math.max(1, Math.max(...bars.map((bar) => bar.span.startTime + bar.span.duration)) - begin);
  const services = [...new Set(bars.map((bar) => bar.service))];
  return (
    <Page
      title={root && trace ? `${serviceOf(trace, root)} ${root.operationName}` : 'Trace'}
      meta={
        root && (
          <span>
            {exact(root.startTime / 1000)} · {seconds(root.duration / 1e6)} · {bars.length} spans of {services.length} {services.length === 1 ? 'service' : 'services'} ·{' '}
            <Link to="/observe" search={{ logs: `{service_name=~".+"} | trace_id="${id}"` }} className="fw-link fw-inline">
              its logs
            </Link>
          </span>
        )
      }
      wide
    >
      <Tabs />
      {answer.error && <Failure error={answer.error} what="The trace was not found." retry={() => void answer.refetch()} />}
      {answer.isPending && <LoadingRows />}
      {trace && (
        <Panel flush label="Waterfall" title="Waterfall" aside={<span className="fw-muted fw-small">the darker bars are what the trace waited for</span>}>
          <ol className={classes.rows}>
            {bars.map((bar) => (
              <Row key={bar.span.spanID} bar={bar} begin={begin} length={length} color={colorOf(services.indexOf(bar.service))} open={open === bar.span.spanID} toggle={() => setOpen(open === bar.span.spanID ? null : bar.span.spanID)} />
            ))}
          </ol>
        </Panel>
      )}
    </Page>
  );
}

interface RowProps {
  readonly bar: Bar;
  readonly begin: number;
  readonly length: number;
  readonly color: string;
  readonly open: boolean;
  readonly toggle: () => void;
}

function Row({ bar, begin, length, color, open, toggle }: RowProps) {
  const { span } = bar;
  const left = ((span.startTime - begin) / length) * 100;
  const width = Math.max(0.3, (span.duration / length) * 100);
  return (
    <li>
      <button type="button" className={classes.row} aria-expanded={open} onClick={toggle}>
        <span className={classes.name} style={{ paddingLeft: Math.min(bar.depth, 12) * 14 }}>
          {failed(span) && <StateIcon tone="bad" />}
          <b>{bar.service}</b> {span.operationName}
        </span>
        <span className={classes.track} aria-hidden>
          <span className={classes.bar} data-critical={bar.critical || undefined} style={{ left: `${left}%`, width: `${width}%`, background: color }} />
        </span>
        <span className={classes.time}>{seconds(span.duration / 1e6)}</span>
      </button>
      {open && (
        <dl className={classes.details}>
          <dt>Begins after</dt>
          <dd>{seconds((span.startTime - begin) / 1e6)}</dd>
          {(span.tags ?? []).map((tag) => (
            <div key={tag.key} className={classes.tag}>
              <dt>{tag.key}</dt>
              <dd>{String(tag.value)}</dd>
            </div>
          ))}
          {(span.logs ?? []).map((log, index) => (
            <div key={index} className={classes.tag}>
              <dt>at {seconds((log.timestamp - begin) / 1e6)}</dt>
              <dd>{log.fields.map((field) => `${field.key}=${String(field.value)}`).join(' ')}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
