import { NumberInput, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { telemetry, type JaegerTrace, type Span } from '../../../api/telemetry';
import { clockTime } from '../../../api/time';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Panel } from '../../../ui/Panel';
import { StateIcon } from '../../../ui/StateIcon';
import tables from '../../../ui/Table.module.css';
import { seconds } from '../series';
import { failed, rootOf, serviceOf } from '../traces/waterfall';
import classes from '../Observe.module.css';

interface Props {
  readonly service: string;
  readonly span: Span;
  readonly choose: (service: string | undefined) => void;
}

/** Traces of a service in the range, slowest first. */
export function TracesPane({ service, span, choose }: Props) {
  const [tags, setTags] = useState('');
  const [minimum, setMinimum] = useState<number | string>('');
  const services = useQuery({ queryKey: ['trace-services'], queryFn: ({ signal }) => telemetry.services(signal), staleTime: 30_000, retry: false });
  const chosen = service || services.data?.[0] || '';
  const parsed = jsonOf(tags);
  const answer = useQuery({
    queryKey: ['traces', chosen, parsed, minimum, span.from, span.to],
    queryFn: ({ signal }) => telemetry.traces({ service: chosen, tags: parsed, minDuration: minimum === '' ? undefined : `${minimum}ms`, limit: 50 }, span, signal),
    enabled: chosen !== '',
    placeholderData: (previous) => previous,
    retry: false,
  });
  const traces = [...(answer.data ?? [])].sort((left, right) => (rootOf(right)?.duration ?? 0) - (rootOf(left)?.duration ?? 0));
  return (
    <Panel flush title="Traces" aside={answer.data && <span className="fw-muted fw-small">{traces.length} traces</span>}>
      <div className={classes.query}>
        <Select size="xs" aria-label="Service" placeholder="Service" data={[...(services.data ?? [])]} value={chosen || null} onChange={(value) => choose(value ?? undefined)} searchable />
        <TextInput size="xs" className={classes.editor} aria-label="Attributes" placeholder="http.status_code=500 error=true" value={tags} onChange={(event) => setTags(event.currentTarget.value)} />
        <NumberInput size="xs" w={120} aria-label="At least so many milliseconds" placeholder="at least ms" min={0} value={minimum} onChange={setMinimum} />
      </div>
      {(answer.error ?? services.error) && <Failure error={answer.error ?? services.error} what="Traces were not searched." />}
      {answer.isFetching && !answer.data && <LoadingRows rows={3} />}
      {services.data?.length === 0 && <p className={classes.none}>No service has sent a span yet. Fairway takes OTLP, Zipkin and Jaeger; the gateway sends its own.</p>}
      {answer.data && traces.length === 0 && chosen && <p className={classes.none}>No trace of {chosen} matches in this time.</p>}
      {traces.length > 0 && (
        <div className={tables.scroll}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>Trace</th>
                <th className={tables.wide}>Begun</th>
                <th className={tables.wide}>Spans</th>
                <th className={tables.right}>Duration</th>
              </tr>
            </thead>
            <tbody>
              {traces.map((trace) => (
                <Row key={trace.traceID} trace={trace} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ trace }: { trace: JaegerTrace }) {
  const root = rootOf(trace);
  if (!root) return null;
  return (
    <tr>
      <td>
        <Link to="/observe/traces/$trace" params={{ trace: trace.traceID }} className="fw-link">
          {trace.spans.some(failed) && <StateIcon tone="bad" />} {serviceOf(trace, root)} {root.operationName}
        </Link>
      </td>
      <td className={tables.wide}>{clockTime(root.startTime / 1000)}</td>
      <td className={tables.wide}>{trace.spans.length}</td>
      <td className={tables.right}>{seconds(root.duration / 1e6)}</td>
    </tr>
  );
}

/** `key=value` pairs as the JSON object that Jaeger's API takes. */
function jsonOf(text: string): string | undefined {
  const pairs = text.split(/\s+/).filter((pair) => pair.indexOf('=') > 0);
  return pairs.length === 0 ? undefined : JSON.stringify(Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])));
}
