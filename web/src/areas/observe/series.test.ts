import { describe, expect, test } from 'vitest';
import { align, bytes, nameSeries, percent, seconds, short } from './series';

describe('series', () => {
  test('are put on one axis, with gaps where there is no sample or no number', () => {
    const { times, lines } = align([
      { metric: { a: '1' }, values: [[10, '1'], [20, 'NaN']] },
      { metric: { a: '2' }, values: [[20, '5'], [30, '+Inf']] },
    ]);
    expect(times).toEqual([10, 20, 30]);
    expect(lines).toEqual([[1, null, null], [null, 5, null]]);
  });

  test.each([
    [[{ __name__: 'up', job: 'a', pod: 'x' }, { __name__: 'up', job: 'a', pod: 'y' }], ['pod=x', 'pod=y']],
    [[{ __name__: 'up', job: 'a' }], ['up job=a']],
    [[{}], ['value']],
    [[{ __name__: 'a' }, { __name__: 'b' }], ['a', 'b']],
  ])('are named by what tells them apart', (metrics, names) => {
    expect(nameSeries(metrics.map((metric) => ({ metric: metric as Record<string, string>, values: [] })))).toEqual(names);
  });

  test.each([
    [short(1234), '1.23k'], [short(0.5), '0.5'], [short(0), '0'], [short(0.0001), '1.0e-4'], [short(-2_500_000), '-2.5M'],
    [seconds(0.25), '250 ms'], [seconds(2), '2 s'], [seconds(0.0000005), '0.5 µs'], [percent(0.9995), '100 %'], [percent(0.994), '99.4 %'], [bytes(1536), '1.5 KiB'],
  ])('numbers are short: %s', (shown, wanted) => {
    expect(shown).toBe(wanted);
  });
});
