import { groupBy } from '../../../api/grouping';
import type { Alert, Explanation, Matcher, Told } from '../../../api/telemetry';

/** Alerts of one name together, as Alertmanager's own page does: most severe first, then the newest. */
export interface AlertGroup {
  readonly name: string;
  readonly severity: string;
  readonly alerts: readonly Alert[];
}

const order = ['critical', 'page', 'error', 'warning', 'ticket', 'info'];

export function severityOf(alert: Alert): string {
  return alert.labels.severity ?? 'none';
}

function rank(severity: string): number {
  const place = order.indexOf(severity);
  return place < 0 ? order.length : place;
}

export function group(alerts: readonly Alert[]): readonly AlertGroup[] {
  const groups = [...groupBy(alerts, (alert) => alert.labels.alertname ?? 'unnamed')].map(([name, members]): AlertGroup => {
    const sorted = members.toSorted((left, right) => right.startsAt.localeCompare(left.startsAt));
    return { name, severity: sorted.map(severityOf).toSorted((left, right) => rank(left) - rank(right))[0]!, alerts: sorted };
  });
  return groups.toSorted((left, right) => rank(left.severity) - rank(right.severity) || right.alerts[0]!.startsAt.localeCompare(left.alerts[0]!.startsAt));
}

/** What silences exactly this alert. */
export function matchersOf(alert: Alert): readonly Matcher[] {
  return Object.entries(alert.labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

export function textOf(matcher: Matcher): string {
  return `${matcher.name}${matcher.isEqual ? (matcher.isRegex ? '=~' : '=') : matcher.isRegex ? '!~' : '!='}"${matcher.value}"`;
}

/** What happened with an alert, oldest first. */
export function timelineOf(alert: Alert, explanation: Explanation, told: readonly Told[]): readonly { readonly at: string; readonly what: string }[] {
  const moments = [
    { at: alert.startsAt, what: 'it began to fire' },
    ...told.map((one) => ({ at: one.at, what: `${one.receiver} was told: ${one.reason} (${one.firing} firing, ${one.resolved} resolved)` })),
    ...(explanation.acknowledged ? [{ at: explanation.acknowledged.at, what: `acknowledged by ${explanation.acknowledged.by}${explanation.acknowledged.comment ? `: ${explanation.acknowledged.comment}` : ''}` }] : []),
  ];
  return moments.toSorted((left, right) => left.at.localeCompare(right.at));
}
