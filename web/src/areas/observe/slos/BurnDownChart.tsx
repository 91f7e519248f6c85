import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { telemetry } from '../../../api/telemetry';
import { LoadingRows } from '../../../ui/Loading';
import { percent } from '../series';
import classes from './SlosPage.module.css';

const TimeChart = lazy(() => import('../../../ui/TimeChart'));
const colors = ['#3f74e8', '#c8553d'];
const names = ['budget left', 'all spent'];

/** What was left of the budget at each moment of the period. */
export function BurnDownChart({ slo, objective }: { slo: string; objective: string }) {
  const answer = useQuery({ queryKey: ['burndown', slo, objective], queryFn: ({ signal }) => telemetry.burnDown(slo, objective, signal), staleTime: 60_000, retry: false });
  const { times, lines } = useMemo(() => {
    const points = answer.data?.points ?? [];
    return { times: points.map((point) => Date.parse(point.at) / 1000), lines: [points.map((point) => point.remaining), points.map(() => 0)] };
  }, [answer.data]);
  if (answer.isPending) return <LoadingRows rows={1} height={140} />;
  if (!lines[0]?.some((value) => value !== null)) return <p className="fw-muted fw-small">Nothing measured in the period yet: there is no line to draw.</p>;
  return (
    <div className={classes.chart}>
      <Suspense fallback={<LoadingRows rows={1} height={140} />}>
        <TimeChart times={times} lines={lines} names={names} colors={colors} label={`Error budget of ${slo}, ${objective}, over its period`} format={percent} fromZero={false} />
      </Suspense>
    </div>
  );
}
