// What the delivery pages say about resources: pure functions from objects to words and numbers.
import type { Application, CanaryStep, EnvironmentSpec, EnvironmentStatus, Promotion, Release, Rollout } from '../../api/kinds';
import { namespaceOf } from '../../api/kinds';
import { parseDuration } from '../../api/time';
import { toneOf, type Tone } from '../../ui/status';

const ended = new Set(['Succeeded', 'Failed', 'Aborted', 'Superseded']);

/** Everything that the board and the application page look things up in. */
export interface Delivery {
  readonly promotions: readonly Promotion[];
  readonly rollouts: readonly Rollout[];
  readonly releases: readonly Release[];
}

/** One application in one environment. */
export interface Stop {
  readonly application: Application;
  readonly spec: EnvironmentSpec;
  readonly status: EnvironmentStatus | undefined;
  /** The release that serves here. */
  readonly release: Release | undefined;
  readonly promotion: Promotion | undefined;
  readonly rollout: Rollout | undefined;
  /** The release on its way in, if one is. */
  readonly incoming: Release | undefined;
  /** Releases built later than the one that serves here, newest first. */
  readonly newer: readonly Release[];
  /** Releases that ran here before, newest first. */
  readonly earlier: readonly Release[];
  readonly state: { readonly tone: Tone; readonly word: string };
}

export function isEnded(object: { readonly status?: { readonly phase?: string; readonly finishedAt?: string } }): boolean {
  return object.status?.finishedAt !== undefined || ended.has(object.status?.phase ?? '');
}

export function newestFirst(releases: readonly Release[]): readonly Release[] {
  return [...releases].sort((a, b) => (b.spec.number ?? 0) - (a.spec.number ?? 0));
}

/** The same fields of every kind that belongs to an application's environment. */
interface Belonging {
  readonly metadata: { readonly namespace?: string; readonly creationTimestamp?: string };
  readonly spec: { readonly application: string; readonly environment: string };
  readonly status?: { readonly phase?: string; readonly finishedAt?: string };
}

function current<T extends Belonging>(items: readonly T[], application: Application, environment: string): T | undefined {
  let best: T | undefined;
  for (const item of items) {
    if (item.spec.application !== application.metadata.name || item.spec.environment !== environment || item.metadata.namespace !== application.metadata.namespace || isEnded(item)) continue;
    if (!best || (item.metadata.creationTimestamp ?? '') > (best.metadata.creationTimestamp ?? '')) best = item;
  }
  return best;
}

export function releasesOf(application: Application, releases: readonly Release[]): readonly Release[] {
  return newestFirst(releases.filter((release) => release.spec.application === application.metadata.name && namespaceOf(release) === namespaceOf(application)));
}

export function stopOf(application: Application, spec: EnvironmentSpec, delivery: Delivery): Stop {
  const status = application.status?.environments?.find((environment) => environment.name === spec.name);
  const own = releasesOf(application, delivery.releases);
  const release = own.find((candidate) => candidate.metadata.name === status?.release);
  const promotion = current(delivery.promotions, application, spec.name);
  const rollout = current(delivery.rollouts, application, spec.name);
  const incomingName = rollout?.spec.release ?? promotion?.spec.release;
  const here = release?.spec.number ?? -1;
  return {
    application,
    spec,
    status,
    release,
    promotion,
    rollout,
    incoming: own.find((candidate) => candidate.metadata.name === incomingName),
    newer: own.filter((candidate) => (candidate.spec.number ?? 0) > here),
    earlier: own.filter((candidate) => (candidate.spec.number ?? 0) < here && candidate.status?.verifiedIn?.some((at) => at.environment === spec.name)),
    state: stateOf(status, promotion, rollout),
  };
}

function stateOf(status: EnvironmentStatus | undefined, promotion: Promotion | undefined, rollout: Rollout | undefined): { tone: Tone; word: string } {
  if (rollout) {
    const phase = rollout.status?.phase ?? 'Pending';
    return waitsForPerson(rollout) ? { tone: 'wait', word: 'Paused' } : { tone: phase === 'Paused' ? 'motion' : toneOf(phase) === 'idle' ? 'motion' : toneOf(phase), word: phase === 'Paused' ? 'Waiting' : phase };
  }
  if (promotion?.status?.phase === 'AwaitingApproval') return { tone: toneOf(status?.health), word: status?.health ?? 'Missing' };
  if (promotion) return { tone: 'motion', word: phaseWords[promotion.status?.phase ?? 'Pending'] ?? promotion.status?.phase ?? 'Pending' };
  if (!status?.release) return { tone: 'idle', word: 'Nothing yet' };
  return { tone: toneOf(status.health), word: status.health ?? 'Unknown' };
}

const phaseWords: Record<string, string> = { RollingOut: 'Rolling out' };

/** True when nothing goes on before a person decides. */
export function waitsForPerson(rollout: Rollout): boolean {
  if (isEnded(rollout)) return false;
  if (rollout.spec.paused) return true;
  const on = rollout.status?.waitingFor?.on;
  if (on === 'person' || on === 'inconclusive') return true;
  const step = stepOf(rollout);
  return rollout.status?.phase === 'Paused' && step?.pause !== undefined && step.pause.duration === undefined;
}

export function stepOf(rollout: Rollout): CanaryStep | undefined {
  return rollout.spec.canary.steps[rollout.status?.step ?? 0];
}

/** A step in the words of a person who plans a day. */
export function describeStep(step: CanaryStep): string {
  if (step.setWeight !== undefined) return `Send ${step.setWeight} %`;
  if (step.analysis) return `Analyse ${step.analysis.templates.map((template) => template.templateName).join(', ')}`;
  return step.pause?.duration ? `Wait ${step.pause.duration}` : 'Wait for a person';
}

export interface Next {
  /** What it does or waits for now. */
  readonly now: string;
  /** When that ends by itself (milliseconds). */
  readonly at: number | undefined;
  /** What comes after. */
  readonly then: string;
}

/** What happens next in a rollout, and when. */
export function nextOf(rollout: Rollout): Next {
  const steps = rollout.spec.canary.steps;
  const index = rollout.status?.step ?? 0;
  const step = steps[index];
  const following = steps[index + 1];
  const deadline = rollout.status?.waitingFor?.deadline ? Date.parse(rollout.status.waitingFor.deadline) : undefined;
  const then = following ? `${describeStep(following)}${following.setWeight === undefined ? '' : ' to the new version'}` : 'Replace the stable version, then end the canary';
  const phase = rollout.status?.phase;
  if (phase === 'Aborting') return { now: 'Returning all traffic to the stable version', at: deadline, then: 'End the canary and pin the stable release in git' };
  if (phase === 'Finishing' || !step) return { now: rollout.status?.waitingFor?.what ?? 'Replacing the stable version while the canary serves', at: deadline, then: 'End the canary' };
  if (rollout.spec.paused) return { now: 'Held by a person', at: undefined, then: describeStep(step) };
  const waiting = rollout.status?.waitingFor;
  if (waiting?.on === 'inconclusive') return { now: `Waiting for ${waiting.what}`, at: deadline, then: 'Abort, unless someone goes on before the time is over' };
  if (waiting?.on === 'time') return { now: `Waiting ${step.pause?.duration ?? ''}`.trim(), at: deadline, then };
  if (step.pause && !step.pause.duration) return { now: 'Waiting for a person to go on', at: undefined, then };
  if (step.pause?.duration && rollout.status?.stepStartedAt) {
    return { now: `Waiting ${step.pause.duration}`, at: Date.parse(rollout.status.stepStartedAt) + (parseDuration(step.pause.duration) ?? 0), then };
  }
  return { now: rollout.status?.waitingFor?.what ?? rollout.status?.message ?? describeStep(step), at: step.analysis ? undefined : deadline, then };
}

/** How much of the rollout is behind it, 0 to 1. */
export function progressOf(rollout: Rollout): number {
  const steps = rollout.spec.canary.steps.length;
  return steps === 0 ? 0 : Math.min(1, (rollout.status?.step ?? 0) / steps);
}

export function clusterOf(spec: EnvironmentSpec): string {
  return spec.cluster ?? spec.name;
}

export function firstLine(text: string | undefined): string {
  return text?.split('\n')[0] ?? '';
}

/** Who or what, without the prefix that says which kind of identity it is. */
export function actorName(by: string | undefined): string {
  if (!by) return 'unknown';
  return by.replace(/^system:serviceaccount:[^:]+:/, '').replace(/^(user|controller|system):/, '');
}
