import type { FourKeys } from '../../api/fairway';
import { span } from '../../api/time';

export interface Card {
  readonly name: string;
  readonly value: string;
  /** What the number is, in words. */
  readonly meaning: string;
  /** The events behind it. */
  readonly basis: string;
  readonly trend: Trend | undefined;
  /** Types of facts that are its evidence. */
  readonly types: string;
}

export interface Trend {
  readonly direction: 'up' | 'down' | 'same';
  readonly better: boolean | undefined;
  readonly text: string;
}

/** The four keys as cards. A key without events has no value and says so: it is never shown as zero. */
export function cardsOf(keys: FourKeys, days: number): readonly Card[] {
  const before = keys.previous;
  const { deploymentFrequency, leadTime, changeFailureRate, recoveryTime } = keys;
  return [
    {
      name: 'Deployment frequency',
      value: deploymentFrequency.perDay == null ? '–' : frequency(deploymentFrequency.perDay),
      meaning: 'How often production gets a new version',
      basis: `${plural(deploymentFrequency.count, 'successful deployment')}`,
      trend: trend(deploymentFrequency.perDay, before?.deploymentFrequency.perDay, 'more', frequency, days),
      types: 'promotion.succeeded',
    },
    {
      name: 'Lead time',
      value: leadTime.seconds == null ? '–' : span(leadTime.seconds * 1000),
      meaning: 'Median time from commit to production',
      basis: `${plural(leadTime.count, 'deployment')}`,
      trend: trend(leadTime.seconds, before?.leadTime.seconds, 'less', (value) => span(value * 1000), days),
      types: 'release.created,promotion.succeeded',
    },
    {
      name: 'Change failure rate',
      value: changeFailureRate.ratio == null ? '–' : percent(changeFailureRate.ratio),
      meaning: 'Deployments that failed or were taken back',
      basis: `${plural(changeFailureRate.count, 'deployment')} that came to an end`,
      trend: trend(changeFailureRate.ratio, before?.changeFailureRate.ratio, 'less', percent, days),
      types: 'promotion.failed,promotion.aborted,rollout.aborted,rollback.committed',
    },
    {
      name: 'Recovery time',
      value: recoveryTime.seconds == null ? '–' : span(recoveryTime.seconds * 1000),
      meaning: 'Median time until production was good again',
      basis: `${plural(recoveryTime.count, 'recovery', 'recoveries')}`,
      trend: trend(recoveryTime.seconds, before?.recoveryTime.seconds, 'less', (value) => span(value * 1000), days),
      types: 'rollout.aborted,rollback.committed',
    },
  ];
}

function trend(now: number | null | undefined, before: number | null | undefined, good: 'more' | 'less', format: (value: number) => string, days: number): Trend | undefined {
  if (now == null || before == null) return undefined;
  const text = `${format(before)} in the ${days} days before`;
  if (now === before) return { direction: 'same', better: undefined, text };
  return { direction: now > before ? 'up' : 'down', better: now > before === (good === 'more'), text };
}

function frequency(perDay: number): string {
  if (perDay >= 1) return `${perDay.toFixed(1)} a day`;
  const perWeek = perDay * 7;
  return perWeek >= 1 ? `${perWeek.toFixed(1)} a week` : `${(perDay * 30).toFixed(1)} a month`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function plural(n: number, noun: string, many = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : many}`;
}
