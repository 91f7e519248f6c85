import { bytes, percent, seconds, short } from '../series';

/** One chart of the dashboard that every service has without anybody making it. */
export interface Signal {
  readonly title: string;
  readonly expression: string;
  readonly format: (value: number) => string;
  readonly about: string;
}

/** The four golden signals of a service in an environment, split by release. */
export function signalsOf(cluster: string, namespace: string, service: string): readonly Signal[] {
  const where = `cluster="${cluster}",namespace="${namespace}"`;
  const requests = `fairway_gateway_requests_total{${where},service=~"${service}(-canary)?"`;
  const duration = `fairway_gateway_request_duration_seconds_bucket{${where},service=~"${service}(-canary)?"}`;
  const pods = `${where},pod=~"${service}-.+",container!=""`;
  return [
    { title: 'Requests', expression: `sum by (release) (rate(${requests}}[1m]))`, format: (value) => `${short(value)}/s`, about: 'Requests a second, by release' },
    {
      title: 'Failures',
      expression: `sum by (release) (rate(${requests},code=~"5.."}[1m])) / (sum by (release) (rate(${requests}}[1m])) > 0)`,
      format: percent,
      about: 'Share of requests answered 5xx, by release',
    },
    { title: 'Latency p95', expression: `histogram_quantile(0.95, sum by (release, le) (rate(${duration}[1m])))`, format: seconds, about: 'Ninety-five of a hundred requests took at most this long, by release' },
    { title: 'Latency p50', expression: `histogram_quantile(0.5, sum by (release, le) (rate(${duration}[1m])))`, format: seconds, about: 'Half of the requests took at most this long, by release' },
    { title: 'CPU', expression: `sum by (pod) (rate(container_cpu_usage_seconds_total{${pods}}[1m]))`, format: (value) => `${short(value)} cores`, about: 'Processor time used, by pod' },
    { title: 'Memory', expression: `sum by (pod) (container_memory_working_set_bytes{${pods}})`, format: bytes, about: 'Memory in use, by pod' },
  ];
}
