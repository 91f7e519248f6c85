import type { UseQueryResult } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import type { TrafficBackend, TrafficNumbers } from '../../../api/fairway';
import type { Rollout } from '../../../api/kinds';
import { clockTime } from '../../../api/time';
import { Failure } from '../../../ui/Failure';
import { Panel } from '../../../ui/Panel';
import { isEnded } from '../model';
import classes from './Sides.module.css';
import type { Comparison } from './useTraffic';

const Chart = lazy(() => import('../../../ui/Chart'));

/** Stable and new side by side, by the same measures. */
export function Sides({ rollout, traffic }: { rollout: Rollout; traffic: UseQueryResult<Comparison> }) {
  if (isEnded(rollout)) return null;
  const { stable, canary } = traffic.data ?? { stable: undefined, canary: undefined };
  const at = (stable ?? canary)?.points.at(-1)?.at;
  return (
    <Panel title="Both versions, last 5 minutes" aside={at === undefined ? 'no traffic seen yet' : `as of ${clockTime(at)}`} flush>
      {traffic.error && !traffic.data ? (
        <div style={{ padding: 16 }}>
          <Failure error={traffic.error} what="The gateway’s numbers could not be read." />
        </div>
      ) : (
        <div className={classes.measures}>
          <Measure name="Success rate" stable={stable} canary={canary} pick={successRate} format={(value) => `${floor2(value)} %`} axis={(value) => `${Number(value.toFixed(1))} %`} ceiling={100} />
          <Measure name="Latency p95" stable={stable} canary={canary} pick={latency} format={(value) => `${Math.round(value)} ms`} />
          <Measure name="Requests" stable={stable} canary={canary} pick={rate} format={(value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} /s`} />
        </div>
      )}
    </Panel>
  );
}

const successRate = (point: TrafficNumbers) => (point.requests ? (1 - point.failures / point.requests) * 100 : null);
const latency = (point: TrafficNumbers) => point.p95 ?? null;
const rate = (point: TrafficNumbers, step: number) => point.requests / step;

interface MeasureProps {
  readonly name: string;
  readonly stable: TrafficBackend | undefined;
  readonly canary: TrafficBackend | undefined;
  readonly pick: (point: TrafficNumbers, step: number) => number | null;
  readonly format: (value: number) => string;
  /** The shorter form for the axis. */
  readonly axis?: (value: number) => string;
  readonly ceiling?: number;
}

function Measure({ name, stable, canary, pick, format, axis = format, ceiling }: MeasureProps) {
  const { times, lines } = useMemo(() => align([stable, canary], pick), [stable, canary, pick]);
  const latest = lines.map(lastOf);
  return (
    <div className={classes.measure}>
      <h3 className={classes.name}>{name}</h3>
      <div className={classes.values}>
        <Value side="stable" label="Stable" value={latest[0]} format={format} />
        <Value side="canary" label="New" value={latest[1]} format={format} />
      </div>
      <div className={classes.chart}>
        <Suspense fallback={null}>
          {times.length > 1 && <Chart times={times} lines={lines} colors={['--fw-text-3', '--fw-accent']} names={['Stable', 'New']} label={`${name} of both versions over the last five minutes`} format={axis} ceiling={ceiling} />}
        </Suspense>
      </div>
    </div>
  );
}

function Value({ side, label, value, format }: { side: string; label: string; value: number | undefined; format: (value: number) => string }) {
  return (
    <div className={classes.value} data-side={side}>
      <span className={classes.label}>
        <i aria-hidden /> {label}
      </span>
      <span className={classes.number}>{value === undefined ? 'no data' : format(value)}</span>
    </div>
  );
}

/** The newest point that has a value, among the last few: the very last interval may still be filling. */
function lastOf(values: readonly (number | null)[]): number | undefined {
  return values.slice(-4).findLast((value) => value !== null) ?? undefined;
}

/** Rounded down, so that 99.996 % is never shown as 100 %. */
function floor2(value: number): string {
  return (Math.floor(value * 100) / 100).toFixed(2);
}

/** Both sides on one row of times: a side without a point at a time has a gap there. */
function align(sides: readonly (TrafficBackend | undefined)[], pick: MeasureProps['pick']): { times: number[]; lines: (number | null)[][] } {
  const moments = [...new Set(sides.flatMap((side) => side?.points.map((point) => Date.parse(point.at)) ?? []))].sort((a, b) => a - b);
  const step = moments.length > 1 ? Math.max(1, ((moments[1] ?? 0) - (moments[0] ?? 0)) / 1000) : 1;
  const lines = sides.map((side) => {
    const byTime = new Map(side?.points.map((point) => [Date.parse(point.at), pick(point, step)]));
    return moments.map((at) => byTime.get(at) ?? null);
  });
  return { times: moments.map((at) => at / 1000), lines };
}
