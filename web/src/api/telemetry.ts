// Metrics, logs, traces, alerts and SLOs, in the shapes that Prometheus, Loki, Jaeger and Alertmanager gave them.
import { ApiError, getJson, postJson, query, request } from './http';

/** A series with its samples: seconds since 1970 and the value as text, so that NaN and infinities survive. */
export interface PromSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

interface PromAnswer<T> {
  readonly status: 'success' | 'error';
  readonly data: T;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly error?: string;
}

export interface RangeResult {
  readonly series: readonly PromSeries[];
  readonly notes: readonly string[];
}

/** A time range in seconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface LogLine {
  /** Nanoseconds since 1970. */
  readonly at: string;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface JaegerTag {
  readonly key: string;
  readonly type?: string;
  readonly value: string | number | boolean;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references?: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  /** Microseconds since 1970, and microseconds. */
  readonly startTime: number;
  readonly duration: number;
  readonly tags?: readonly JaegerTag[];
  readonly logs?: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly processID: string;
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags?: readonly JaegerTag[] }>>;
}

export interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
  readonly errorCount?: number;
  /** Microseconds. */
  readonly p50?: number;
  readonly p95?: number;
}

/** The lines around one, oldest first. */
export interface LogContext {
  readonly before: readonly LogLine[];
  readonly at: readonly LogLine[];
  readonly after: readonly LogLine[];
}

/** A template that lines follow, with counts at steps: seconds since 1970 and lines. */
export interface LogPattern {
  readonly pattern: string;
  readonly level: string;
  readonly samples: readonly (readonly [number, number])[];
}

/** What one side of a comparison shows; times in microseconds. */
export interface TraceSide {
  readonly count: number;
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly self: number;
  readonly perTrace: number;
}

export interface TraceDifference {
  readonly service: string;
  readonly operation: string;
  readonly left: TraceSide | null;
  readonly right: TraceSide | null;
  /** How much more of its own time a trace spends in it on the right side, in microseconds. */
  readonly added: number;
  /** How likely the difference is by chance alone. */
  readonly chance: number;
}

export interface TraceComparison {
  readonly left: TraceSide;
  readonly right: TraceSide;
  readonly chance: number;
  readonly operations: readonly TraceDifference[];
}

export interface Alert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly receivers?: readonly { readonly name: string }[];
  readonly status: { readonly state: 'active' | 'suppressed' | 'unprocessed'; readonly silencedBy: readonly string[]; readonly inhibitedBy: readonly string[] };
}

/** Why an alert was told to somebody, or was not. */
export interface Explanation {
  readonly acknowledged: { readonly by: string; readonly comment: string; readonly at: string } | null;
  readonly routes: readonly { readonly receiver: string; readonly state: 'active' | 'suppressed' | 'acknowledged' | 'resolved'; readonly reasons: readonly string[]; readonly lastNotified: string | null }[];
}

/** What a receiver was told last about a group. */
export interface Told {
  readonly at: string;
  readonly receiver: string;
  readonly reason: string;
  readonly firing: number;
  readonly resolved: number;
}

export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface Silence {
  readonly id: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly matchers: readonly Matcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

export interface SloObjective {
  readonly name: string;
  readonly displayName?: string;
  readonly target: number;
  /** Shares; null while nothing was measured. */
  readonly ratio: number | null;
  readonly remaining: number | null;
  readonly burnRate: number | null;
}

export interface SloStatus {
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly service: string;
  readonly environment?: string;
  readonly method: string;
  readonly window: string;
  readonly from: string;
  readonly to: string;
  readonly remaining: number | null;
  readonly objectives: readonly SloObjective[];
  readonly corrections: readonly { readonly from: string; readonly to: string; readonly reason: string }[];
}

export interface BurnDown {
  readonly points: readonly { readonly at: string; readonly remaining: number | null }[];
}

async function prometheus<T>(path: string, parameters: Record<string, string | number | undefined>, signal?: AbortSignal): Promise<PromAnswer<T>> {
  const body = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]));
  // A refused query is answered 400 with Prometheus' own words, which errorOf would not find.
  const response = await fetch(`/prometheus/api/v1/${path}`, { method: 'POST', body, signal, credentials: 'same-origin' });
  const text = await response.text();
  let answer: PromAnswer<T>;
  try {
    answer = JSON.parse(text) as PromAnswer<T>;
  } catch {
    throw new ApiError(response.status, response.statusText, text.slice(0, 400) || `The server answered ${response.status}.`);
  }
  if (answer.status !== 'success') throw new ApiError(response.status, 'Query', answer.error ?? `The server answered ${response.status}.`);
  return answer;
}

/** A step that gives a chart enough points and no more. */
export function stepOf({ from, to }: Span, points = 240): number {
  const raw = (to - from) / points;
  return [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400].find((step) => step >= raw) ?? 86400;
}

export const telemetry = {
  async range(expression: string, span: Span, signal?: AbortSignal): Promise<RangeResult> {
    const step = stepOf(span);
    const from = Math.floor(span.from / step) * step;
    const answer = await prometheus<{ result: readonly PromSeries[] }>('query_range', { query: expression, start: from, end: span.to, step }, signal);
    return { series: answer.data.result, notes: [...(answer.warnings ?? []), ...(answer.infos ?? [])] };
  },
  async instant(expression: string, signal?: AbortSignal): Promise<readonly { metric: Readonly<Record<string, string>>; value: readonly [number, string] }[]> {
    return (await prometheus<{ result: readonly { metric: Record<string, string>; value: [number, string] }[] }>('query', { query: expression }, signal)).data.result;
  },
  metricNames: async (signal?: AbortSignal) => (await getJson<PromAnswer<readonly string[]>>('/prometheus/api/v1/label/__name__/values', signal)).data,
  async logs(expression: string, span: Span, limit: number, signal?: AbortSignal): Promise<readonly LogLine[]> {
    const answer = await getJson<{ data: { resultType: string; result: readonly LokiStream[] } }>(
      `/loki/api/v1/query_range${query({ query: expression, start: nanoseconds(span.from), end: nanoseconds(span.to), limit, direction: 'backward' })}`,
      signal,
    );
    if (answer.data.resultType !== 'streams') throw new ApiError(400, 'Query', "This query gives numbers. Ask it under Metrics as {__logql__='…'}.");
    return newestFirst(answer.data.result.flatMap(linesOf)).slice(0, limit);
  },
  async context(selector: string, at: string, lines: number, signal?: AbortSignal): Promise<LogContext> {
    type Line = { time: string; line: string; labels: Record<string, string> };
    const { data } = await getJson<{ data: Record<'before' | 'at' | 'after', readonly Line[]> }>(`/loki/api/v1/context${query({ query: selector, time: at, before: lines, after: lines })}`, signal);
    const of = (side: readonly Line[]) => side.map(({ time, line, labels }): LogLine => ({ at: time, line, labels }));
    return { before: of(data.before), at: of(data.at), after: of(data.after) };
  },
  patterns: async (selector: string, span: Span, signal?: AbortSignal) =>
    (await getJson<{ data?: readonly LogPattern[] }>(`/loki/api/v1/patterns${query({ query: selector, start: nanoseconds(span.from), end: nanoseconds(span.to) })}`, signal)).data ?? [],
  /** Tells of lines as they come until the function given back is called. */
  tail(expression: string, take: (lines: readonly LogLine[]) => void, ended: (why: string) => void): () => void {
    const socket = new WebSocket(`${window.location.origin.replace(/^http/, 'ws')}/loki/api/v1/tail${query({ query: expression, limit: 50 })}`);
    let open = true;
    socket.onmessage = (message: MessageEvent<string>) => take((JSON.parse(message.data) as { streams: readonly LokiStream[] }).streams.flatMap(linesOf));
    socket.onclose = () => open && ended('The connection ended.');
    return () => {
      open = false;
      socket.close();
    };
  },
  compare: async (filter: { left: string; right: string; service?: string; operation?: string }, span: Span, signal?: AbortSignal) =>
    (await getJson<{ data: TraceComparison }>(`/jaeger/api/traces/compare${query({ ...filter, start: Math.round(span.from * 1e6), end: Math.round(span.to * 1e6) })}`, signal)).data,
  services: async (signal?: AbortSignal) => (await getJson<{ data: readonly string[] | null }>('/jaeger/api/services', signal)).data ?? [],
  traces: async (filter: { service: string; operation?: string; tags?: string; minDuration?: string; limit: number }, span: Span, signal?: AbortSignal) =>
    (await getJson<{ data: readonly JaegerTrace[] | null }>(`/jaeger/api/traces${query({ ...filter, start: Math.round(span.from * 1e6), end: Math.round(span.to * 1e6) })}`, signal)).data ?? [],
  trace: async (id: string, signal?: AbortSignal) => (await getJson<{ data: readonly JaegerTrace[] }>(`/jaeger/api/traces/${encodeURIComponent(id)}`, signal)).data[0],
  dependencies: async (span: Span, signal?: AbortSignal) =>
    (await getJson<{ data: readonly Dependency[] | null }>(`/jaeger/api/dependencies${query({ endTs: Math.round(span.to * 1000), lookback: Math.round((span.to - span.from) * 1000) })}`, signal)).data ?? [],
  alerts: (signal?: AbortSignal) => getJson<readonly Alert[]>('/alertmanager/api/v2/alerts', signal),
  explain: (fingerprint: string, signal?: AbortSignal) => getJson<Explanation>(`/alertmanager/api/v2/alert/${encodeURIComponent(fingerprint)}/explain`, signal),
  told: (fingerprint: string, signal?: AbortSignal) => getJson<readonly Told[]>(`/alertmanager/api/v2/notifications?fingerprint=${encodeURIComponent(fingerprint)}`, signal),
  acknowledge: (fingerprint: string, by: string, comment: string) => postJson<unknown>(`/alertmanager/api/v2/alert/${encodeURIComponent(fingerprint)}/acknowledge`, { by, comment }),
  silences: (signal?: AbortSignal) => getJson<readonly Silence[]>('/alertmanager/api/v2/silences', signal),
  silence: (silence: Omit<Silence, 'id' | 'status'>) => postJson<{ silenceID: string }>('/alertmanager/api/v2/silences', silence),
  endSilence: (id: string) => request(`/alertmanager/api/v2/silence/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  slos: (signal?: AbortSignal) => getJson<{ items: readonly SloStatus[]; problems: readonly string[] }>('/fairway/v1/slos', signal),
  burnDown: (slo: string, objective: string, signal?: AbortSignal) => getJson<BurnDown>(`/fairway/v1/slos/${encodeURIComponent(slo)}/${encodeURIComponent(objective)}/burndown`, signal),
};

interface LokiStream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [string, string])[];
}

function linesOf({ stream, values }: LokiStream): LogLine[] {
  return values.map(([at, line]) => ({ at, line, labels: stream }));
}

/** By time, without losing nanoseconds to floating point. */
export function newestFirst(lines: readonly LogLine[]): LogLine[] {
  return lines.toSorted((left, right) => (left.at.length === right.at.length ? (left.at < right.at ? 1 : left.at > right.at ? -1 : 0) : right.at.length - left.at.length));
}

function nanoseconds(seconds: number): string {
  return `${Math.round(seconds * 1000)}000000`;
}
