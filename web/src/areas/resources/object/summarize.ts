import type { KubeObject } from '../../../api/kinds';
import type { Tone } from '../../../ui/status';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface ContainerLine {
  readonly name: string;
  readonly image: string;
  readonly state: string;
  readonly tone: Tone;
  readonly restarts: number;
}

interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly running?: object;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
  };
}

type Loose = { readonly spec?: Record<string, unknown>; readonly status?: Record<string, unknown> };

export function conditionsOf(object: KubeObject): readonly Condition[] {
  const conditions = (object as Loose).status?.conditions;
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
}

/** Most conditions are good when true; those that name a problem are good when false. */
export function conditionTone(condition: Condition): Tone {
  if (condition.status !== 'True' && condition.status !== 'False') return 'idle';
  const problem = /(Pressure|Failure|Failed|Unavailable|Degraded|Stalled)$/.test(condition.type);
  return (condition.status === 'True') !== problem ? 'ok' : 'bad';
}

/** The plain values directly below status and spec, as a reader would list them. */
export function scalarsOf(object: KubeObject): readonly (readonly [string, string])[] {
  const { spec = {}, status = {} } = object as Loose;
  const pick = (values: Record<string, unknown>) =>
    Object.entries(values)
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([name, value]) => [words(name), String(value)] as const);
  const seen = new Set<string>();
  return [...pick(status), ...pick(spec)].filter(([name]) => !seen.has(name) && seen.add(name)).slice(0, 16);
}

export function containersOf(object: KubeObject): readonly ContainerLine[] {
  if (object.kind !== 'Pod') return [];
  const { spec, status } = object as Loose;
  const specs = (spec?.containers ?? []) as readonly { name: string; image?: string }[];
  const statuses = (status?.containerStatuses ?? []) as readonly ContainerStatus[];
  return specs.map(({ name, image }) => {
    const now = statuses.find((candidate) => candidate.name === name);
    const { waiting, terminated, running } = now?.state ?? {};
    const state = waiting
      ? [waiting.reason ?? 'Waiting', waiting.message].filter(Boolean).join(': ')
      : terminated
        ? `${terminated.reason ?? 'Ended'} with exit code ${terminated.exitCode ?? '?'}`
        : running
          ? now?.ready ? 'runs and is ready' : 'runs, not ready yet'
          : 'has not started';
    const tone: Tone = running ? (now?.ready ? 'ok' : 'motion') : waiting?.reason?.includes('BackOff') || (terminated && terminated.exitCode !== 0) ? 'bad' : terminated ? 'ok' : 'motion';
    return { name, image: image ?? '', state, tone, restarts: now?.restartCount ?? 0 };
  });
}

/** `observedGeneration` as `Observed generation`. */
function words(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/ ([A-Z])(?=[a-z])/g, (_, letter: string) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
