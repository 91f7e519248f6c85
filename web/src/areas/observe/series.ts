import type { PromSeries } from '../../api/telemetry';

/** Colours for lines, told apart in both schemes and by people who do not see red and green alike. */
export const palette = ['#3f74e8', '#d9822b', '#2f9e8f', '#b5468f', '#8a6de9', '#5f9d3c', '#c8553d', '#4a90b8', '#a08a2c', '#7c7f8a'];

export function colorOf(index: number): string {
  return palette[index % palette.length]!;
}

/** Lines on one time axis; a series without a sample at a moment has a gap there. */
export function align(series: readonly PromSeries[]): { readonly times: readonly number[]; readonly lines: readonly (readonly (number | null)[])[] } {
  const moments = new Set<number>();
  for (const one of series) for (const [at] of one.values) moments.add(at);
  const times = [...moments].sort((left, right) => left - right);
  const places = new Map(times.map((at, index) => [at, index]));
  const lines = series.map((one) => {
    const line: (number | null)[] = new Array<number | null>(times.length).fill(null);
    for (const [at, text] of one.values) {
      const value = numberOf(text);
      line[places.get(at)!] = Number.isFinite(value) ? value : null;
    }
    return line;
  });
  return { times, lines };
}

export function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

/** What tells the series of one result apart: only the labels in which they differ, unless there is just one. */
export function nameSeries(series: readonly PromSeries[]): readonly string[] {
  const keys = new Set(series.flatMap((one) => Object.keys(one.metric)));
  const telling = [...keys].filter((key) => series.length === 1 || new Set(series.map((one) => one.metric[key])).size > 1).sort();
  return series.map((one) => {
    const { __name__: name, ...labels } = one.metric;
    const shown = telling.filter((key) => key !== '__name__' && labels[key] !== undefined).map((key) => `${key}=${labels[key]}`);
    const title = telling.includes('__name__') || shown.length === 0 ? (name ?? '') : '';
    return [title, shown.join(' ')].filter(Boolean).join(' ') || 'value';
  });
}

/** Three significant figures with a unit's prefix. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  for (const [limit, unit] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) if (size >= limit) return `${trim(value / limit)}${unit}`;
  if (size >= 0.01) return trim(value);
  return value.toExponential(1);
}

export function seconds(value: number): string {
  return value >= 1 || value === 0 ? `${trim(value)} s` : value >= 0.001 ? `${trim(value * 1000)} ms` : `${trim(value * 1e6)} µs`;
}

export function percent(value: number): string {
  return `${trim(value * 100)} %`;
}

export function bytes(value: number): string {
  const size = Math.abs(value);
  for (const [limit, unit] of [[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']] as const) if (size >= limit) return `${trim(value / limit)} ${unit}`;
  return `${trim(value)} B`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}
