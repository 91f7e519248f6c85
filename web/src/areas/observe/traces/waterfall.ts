import { groupBy } from '../../../api/grouping';
import type { JaegerSpan, JaegerTrace } from '../../../api/telemetry';

/** A span in its place: how deep, and whether the trace would have been shorter without it. */
export interface Bar {
  readonly span: JaegerSpan;
  readonly service: string;
  readonly depth: number;
  readonly children: number;
  readonly critical: boolean;
}

export function serviceOf(trace: JaegerTrace, span: JaegerSpan): string {
  return trace.processes[span.processID]?.serviceName ?? 'unknown';
}

export function failed(span: JaegerSpan): boolean {
  return (span.tags ?? []).some((tag) => (tag.key === 'error' && String(tag.value) === 'true') || (tag.key === 'otel.status_code' && tag.value === 'ERROR'));
}

function parentOf(span: JaegerSpan): string | undefined {
  return span.references?.find((reference) => reference.refType === 'CHILD_OF')?.spanID;
}

/** The span without a parent in the trace that begins first. */
export function rootOf(trace: JaegerTrace): JaegerSpan | undefined {
  const ids = new Set(trace.spans.map((span) => span.spanID));
  return trace.spans.filter((span) => !ids.has(parentOf(span) ?? '')).sort((left, right) => left.startTime - right.startTime)[0];
}

/**
 * Spans in the order in which a reader follows them: each under its parent, by start. Spans whose parent is not there stand at the
 * top. References in a circle end where they began.
 */
export function waterfall(trace: JaegerTrace): readonly Bar[] {
  const ids = new Set(trace.spans.map((span) => span.spanID));
  const children = groupBy(
    trace.spans.toSorted((left, right) => left.startTime - right.startTime),
    (span) => (ids.has(parentOf(span) ?? '') ? parentOf(span)! : ''),
  );
  const critical = criticalPath(trace, children);
  const bars: Bar[] = [];
  const seen = new Set<string>();
  const visit = (span: JaegerSpan, depth: number) => {
    if (seen.has(span.spanID)) return;
    seen.add(span.spanID);
    const below = children.get(span.spanID) ?? [];
    bars.push({ span, service: serviceOf(trace, span), depth, children: below.length, critical: critical.has(span.spanID) });
    for (const child of below) visit(child, depth + 1);
  };
  for (const root of children.get('') ?? []) visit(root, 0);
  for (const span of trace.spans) visit(span, 0);
  return bars;
}

/**
 * The spans that the trace waited for: from the end of the root backwards, always the child that ended last before the moment
 * reached. Shortening any other span would not have shortened the trace.
 */
function criticalPath(trace: JaegerTrace, children: ReadonlyMap<string, readonly JaegerSpan[]>): ReadonlySet<string> {
  const path = new Set<string>();
  const follow = (span: JaegerSpan, until: number) => {
    if (path.has(span.spanID)) return;
    path.add(span.spanID);
    let moment = Math.min(until, span.startTime + span.duration);
    const waiting = [...(children.get(span.spanID) ?? [])].sort((left, right) => right.startTime + right.duration - (left.startTime + left.duration));
    for (const child of waiting) {
      if (child.startTime >= moment) continue;
      if (child.startTime + child.duration <= moment || moment === until) {
        follow(child, moment);
        moment = child.startTime;
      }
    }
  };
  const root = rootOf(trace);
  if (root) follow(root, root.startTime + root.duration);
  return path;
}
