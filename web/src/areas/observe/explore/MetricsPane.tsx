import { Autocomplete, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { telemetry, type Span } from '../../../api/telemetry';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Panel } from '../../../ui/Panel';
import type { Marker } from '../../../ui/TimeChart';
import { align, colorOf, nameSeries, short } from '../series';
import classes from '../Observe.module.css';

const TimeChart = lazy(() => import('../../../ui/TimeChart'));
const most = 50;

interface Props {
  readonly expression: string;
  readonly span: Span;
  readonly markers: readonly Marker[];
  readonly run: (expression: string) => void;
  readonly zoom: (from: number, to: number) => void;
}

/** A PromQL expression over the range, as lines with a legend that follows the cursor. */
export function MetricsPane({ expression, span, markers, run, zoom }: Props) {
  const [text, setText] = useState(expression);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<number | null>(null);
  const names = useQuery({ queryKey: ['metric-names'], queryFn: ({ signal }) => telemetry.metricNames(signal), staleTime: 60_000, retry: false });
  const answer = useQuery({
    queryKey: ['metrics', expression, span.from, span.to],
    queryFn: ({ signal }) => telemetry.range(expression, span, signal),
    enabled: expression !== '',
    placeholderData: (previous) => previous,
    retry: false,
  });
  const shown = useMemo(() => (answer.data?.series ?? []).slice(0, most), [answer.data]);
  const labels = useMemo(() => nameSeries(shown), [shown]);
  const { times, lines } = useMemo(() => align(shown), [shown]);
  const drawn = useMemo(() => lines.map((line, index) => (hidden.has(labels[index]!) ? line.map(() => null) : line)), [lines, labels, hidden]);
  const colors = useMemo(() => shown.map((_, index) => colorOf(index)), [shown]);
  const toggle = useCallback((name: string) => setHidden((before) => new Set(before.has(name) ? [...before].filter((other) => other !== name) : [...before, name])), []);
  return (
    <Panel flush title="Metrics" aside={answer.data && <span className="fw-muted fw-small">{answer.data.series.length} series</span>}>
      <form
        className={classes.query}
        onSubmit={(event) => {
          event.preventDefault();
          run(text.trim());
        }}
      >
        <Autocomplete
          className={classes.editor}
          size="xs"
          aria-label="PromQL"
          placeholder='sum by (service) (rate(fairway_gateway_requests_total[1m]))'
          value={text}
          onChange={setText}
          data={(names.data ?? []).filter((name) => text.length > 0 && name.includes(text)).slice(0, 20)}
          data-page-filter
          styles={{ input: { fontFamily: 'var(--fw-mono)' } }}
        />
        <Button size="xs" type="submit" variant="default">
          Run
        </Button>
      </form>
      {answer.error && <Failure error={answer.error} what="The query was not answered." />}
      {answer.isFetching && !answer.data && <LoadingRows rows={1} height={220} />}
      {answer.data && shown.length === 0 && <p className={classes.none}>No series in this time. Has the metric another name, or is nothing measured yet?</p>}
      {shown.length > 0 && !answer.error && (
        <>
          <div className={classes.chart}>
            <Suspense fallback={<LoadingRows rows={1} height={220} />}>
              <TimeChart times={times} lines={drawn} names={labels} colors={colors} label={`${expression}: ${shown.length} series`} format={short} sync="explore" markers={markers} onZoom={zoom} onCursor={setCursor} />
            </Suspense>
          </div>
          <ul className={classes.legend}>
            {labels.map((name, index) => (
              <li key={name}>
                <button type="button" aria-pressed={!hidden.has(name)} onClick={() => toggle(name)}>
                  <span className={classes.swatch} style={{ background: colors[index] }} />
                  <span className={classes.series} title={name}>
                    {name}
                  </span>
                  <span className={classes.number}>{valueAt(lines[index], cursor)}</span>
                </button>
              </li>
            ))}
          </ul>
          {answer.data!.series.length > most && <p className={classes.notes}>{answer.data!.series.length - most} more series are not drawn: aggregate them with sum by (…) or topk.</p>}
        </>
      )}
      {answer.data && answer.data.notes.length > 0 && <p className={classes.notes}>{answer.data.notes.join(' · ')}</p>}
    </Panel>
  );
}

function valueAt(line: readonly (number | null)[] | undefined, cursor: number | null): string {
  const value = line && (cursor === null ? line.findLast((one) => one !== null) : line[cursor]);
  return value === null || value === undefined ? '–' : short(value);
}
