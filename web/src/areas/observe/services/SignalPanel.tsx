import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { telemetry, type Span } from '../../../api/telemetry';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Panel } from '../../../ui/Panel';
import type { Marker } from '../../../ui/TimeChart';
import classes from '../Observe.module.css';
import { align, colorOf, nameSeries } from '../series';
import type { Signal } from './signals';

const TimeChart = lazy(() => import('../../../ui/TimeChart'));

interface Props {
  readonly signal: Signal;
  readonly span: Span;
  readonly markers: readonly Marker[];
  readonly zoom: (from: number, to: number) => void;
}

export function SignalPanel({ signal, span, markers, zoom }: Props) {
  const answer = useQuery({
    queryKey: ['metrics', signal.expression, span.from, span.to],
    queryFn: (context) => telemetry.range(signal.expression, span, context.signal),
    placeholderData: (previous) => previous,
    retry: false,
  });
  const series = useMemo(() => (answer.data?.series ?? []).slice(0, 20), [answer.data]);
  const names = useMemo(() => nameSeries(series).map((name) => name.replace(/^(release|pod)=/, '')), [series]);
  const { times, lines } = useMemo(() => align(series), [series]);
  const colors = useMemo(() => series.map((_, index) => colorOf(index)), [series]);
  return (
    <Panel
      flush
      title={signal.title}
      aside={
        <Link to="/observe" search={{ q: signal.expression }} className="fw-link fw-small" aria-label={`${signal.title} in Explore`}>
          Explore
        </Link>
      }
    >
      {answer.error && <Failure error={answer.error} what="This could not be read." />}
      {answer.isPending && <LoadingRows rows={1} height={160} />}
      {answer.data && series.length === 0 && !answer.error && <p className={classes.none}>Nothing measured in this time.</p>}
      {series.length > 0 && (
        <>
          <div className={classes.small}>
            <Suspense fallback={<LoadingRows rows={1} height={160} />}>
              <TimeChart times={times} lines={lines} names={names} colors={colors} label={signal.about} format={signal.format} sync="service" markers={markers} onZoom={zoom} />
            </Suspense>
          </div>
          <ul className={classes.legend}>
            {names.map((name, index) => (
              <li key={name}>
                <span className={classes.swatch} style={{ background: colors[index] }} />
                <span className={classes.series}>{name}</span>
                <span className={classes.number}>{lastOf(lines[index], signal.format)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function lastOf(line: readonly (number | null)[] | undefined, format: (value: number) => string): string {
  const value = line?.findLast((one) => one !== null);
  return value === null || value === undefined ? '–' : format(value);
}
