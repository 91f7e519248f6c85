import { describe, expect, test } from 'vitest';
import type { JaegerSpan, JaegerTrace } from '../../../api/telemetry';
import { failed, rootOf, waterfall } from './waterfall';

const span = (spanID: string, parent: string | null, startTime: number, duration: number, tags: JaegerSpan['tags'] = []): JaegerSpan => ({
  traceID: 't',
  spanID,
  operationName: spanID,
  references: parent === null ? [] : [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }],
  startTime,
  duration,
  tags,
  processID: 'p',
});
const trace = (...spans: JaegerSpan[]): JaegerTrace => ({ traceID: 't', spans, processes: { p: { serviceName: 'web' } } });
const shape = (one: JaegerTrace) => waterfall(one).map((bar) => `${'  '.repeat(bar.depth)}${bar.span.spanID}${bar.critical ? '*' : ''}`);

describe('a waterfall', () => {
  test('puts spans under their parents, by start', () => {
    expect(shape(trace(span('c', 'a', 50, 10), span('b', 'a', 10, 20), span('a', null, 0, 100), span('d', 'b', 12, 5)))).toEqual(['a*', '  b*', '    d*', '  c*']);
  });

  test('marks only what the trace waited for', () => {
    // Two at once: the longer one decides.
    expect(shape(trace(span('a', null, 0, 100), span('fast', 'a', 10, 20), span('slow', 'a', 10, 80)))).toEqual(['a*', '  fast', '  slow*']);
  });

  test('shows spans whose parent never came, and ends circles', () => {
    expect(shape(trace(span('b', 'lost', 5, 5), span('x', 'y', 20, 1), span('y', 'x', 20, 1)))).toEqual(['b*', 'x', '  y']);
  });

  test('knows its root and its failures', () => {
    const one = trace(span('b', 'a', 1, 1, [{ key: 'error', value: true }]), span('a', null, 2, 5));
    expect(rootOf(one)?.spanID).toBe('a');
    expect(one.spans.map(failed)).toEqual([true, false]);
  });
});
