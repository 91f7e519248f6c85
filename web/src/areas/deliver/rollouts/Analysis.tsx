import { Tooltip } from '@mantine/core';
import { exact } from '../../../api/time';
import type { AnalysisRun, Measurement, MetricResult, MetricSpec } from '../../../api/kinds';
import { State } from '../../../ui/State';
import { StateIcon } from '../../../ui/StateIcon';
import { toneOf, wordOf } from '../../../ui/status';
import classes from './Analysis.module.css';

/** One analysis: each measurement with its verdict and the requests behind it. */
export function Analysis({ run }: { run: AnalysisRun }) {
  return (
    <section className={classes.run} aria-label={`Analysis ${run.metadata.name}`}>
      <header className={classes.head}>
        <span className="fw-mono">{run.metadata.name}</span>
        <State value={run.status?.phase ?? 'Pending'} />
      </header>
      {run.status?.message && <p className={classes.message}>{run.status.message}</p>}
      {run.spec.metrics.map((metric) => (
        <Metric key={metric.name} spec={metric} result={run.status?.metrics?.find((one) => one.name === metric.name)} />
      ))}
    </section>
  );
}

function Metric({ spec, result }: { spec: MetricSpec; result: MetricResult | undefined }) {
  const measurements = result?.measurements ?? [];
  const planned = Math.min(spec.count ?? 1, 50);
  return (
    <div className={classes.metric}>
      <div className={classes.what}>
        <span className={classes.name}>{spec.name}</span>
        <span className="fw-muted fw-small">{ruleOf(spec)}</span>
      </div>
      <ol className={classes.cells} aria-label={`Measurements of ${spec.name}`}>
        {measurements.map((measurement, index) => (
          <Cell key={index} measurement={measurement} spec={spec} />
        ))}
        {Array.from({ length: Math.max(0, planned - measurements.length) }, (_, index) => (
          <li key={`ahead-${index}`} className={classes.cell} data-tone="ahead" aria-label="Not taken yet" />
        ))}
      </ol>
    </div>
  );
}

function Cell({ measurement, spec }: { measurement: Measurement; spec: MetricSpec }) {
  const tone = toneOf(measurement.phase);
  return (
    <Tooltip label={`${wordOf(measurement.phase)} at ${exact(measurement.at)}${measurement.message ? `: ${measurement.message}` : ''}`}>
      <li className={classes.cell} data-tone={tone}>
        <span className={classes.value}>
          <StateIcon tone={tone} size={12} />
          {measurement.value === undefined ? wordOf(measurement.phase) : valueOf(measurement.value, spec)}
        </span>
        <span className={classes.samples}>{measurement.samples} req</span>
      </li>
    </Tooltip>
  );
}

function valueOf(value: number, spec: MetricSpec): string {
  return spec.successRate ? `${(Math.floor(value * 10_000) / 100).toFixed(2)} %` : `${Math.round(value)} ms`;
}

function ruleOf(spec: MetricSpec): string {
  const rule = spec.successRate
    ? `at least ${percent(spec.successRate.minimum)}, fails below ${percent(spec.successRate.failBelow ?? spec.successRate.minimum)}`
    : `p${Math.round((spec.latency?.percentile ?? 0.95) * 100)} at most ${spec.latency?.maximum}, fails above ${spec.latency?.failAbove ?? spec.latency?.maximum}`;
  return `${rule}; every ${spec.interval}, ${spec.minimumSamples ?? 10} requests at least`;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(2))} %`;
}
