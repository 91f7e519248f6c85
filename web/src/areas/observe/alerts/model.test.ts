import { expect, test } from 'vitest';
import type { Alert } from '../../../api/telemetry';
import { group, matchersOf, textOf, timelineOf } from './model';

const alert = (alertname: string, severity: string, startsAt: string): Alert => ({
  fingerprint: `${alertname}${startsAt}`,
  labels: { alertname, severity },
  annotations: {},
  startsAt,
  endsAt: startsAt,
  status: { state: 'active', silencedBy: [], inhibitedBy: [] },
});

test('groups stand by severity, then by the newest alert', () => {
  const groups = group([alert('Slow', 'ticket', '2026-01-03'), alert('Down', 'page', '2026-01-01'), alert('Down', 'page', '2026-01-02'), alert('Odd', 'purple', '2026-01-09')]);
  expect(groups.map((one) => [one.name, one.alerts.length])).toEqual([['Down', 2], ['Slow', 1], ['Odd', 1]]);
  expect(groups[0]!.alerts[0]!.startsAt).toBe('2026-01-02');
});

test('a silence of one alert matches all its labels', () => {
  expect(matchersOf(alert('Down', 'page', '2026-01-01')).map(textOf)).toEqual(['alertname="Down"', 'severity="page"']);
  expect(textOf({ name: 'a', value: 'b.*', isRegex: true, isEqual: false })).toBe('a!~"b.*"');
});

test('the timeline of an alert is in order, acknowledgement included', () => {
  const moments = timelineOf(
    alert('Down', 'page', '2026-01-01'),
    { acknowledged: { by: 'ada', comment: '', at: '2026-01-03' }, routes: [] },
    [{ at: '2026-01-02', receiver: 'hook/webhook/0', reason: 'first notification', firing: 1, resolved: 0 }],
  );
  expect(moments.map((one) => one.what)).toEqual(['it began to fire', 'hook/webhook/0 was told: first notification (1 firing, 0 resolved)', 'acknowledged by ada']);
});
