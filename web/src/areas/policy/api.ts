// The policy endpoints.
import { getJson, postJson, query } from '../../api/http';
import type { KubeObject } from '../../api/kinds';
import type { Tone } from '../../ui/status';

export interface Tally {
  readonly pass: number;
  readonly fail: number;
  readonly unknown: number;
  readonly waived: number;
}

export interface PolicyView extends Tally {
  readonly name: string;
  readonly title: string;
  readonly why: string;
  readonly howToMend: string;
  readonly severity: string;
  readonly controls: readonly string[];
  readonly enforced: readonly { readonly cluster: string; readonly stage: string }[];
}

export interface PackView {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly includes: readonly string[];
  readonly policies: readonly PolicyView[];
}

export interface Violation {
  readonly cluster: string;
  readonly team: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly policy: string;
  readonly title: string;
  readonly why: string;
  readonly howToMend: string;
  readonly rule: string;
  readonly severity: string;
  readonly result: string;
  readonly path: string;
  readonly message: string;
  readonly patch?: readonly object[] | null;
  readonly waiver?: string | null;
  readonly since: string;
}

export interface Evaluation {
  readonly problems: readonly { readonly where: string; readonly field: string; readonly message: string }[];
  readonly results: readonly {
    readonly object: string;
    readonly policy: string;
    readonly verdict: string;
    readonly steps: readonly { readonly what: string; readonly value: string; readonly values: readonly { readonly expression: string; readonly value: string }[] }[];
    readonly findings: readonly { readonly result: string; readonly path: string; readonly message: string; readonly patch?: readonly object[] | null }[];
  }[];
}

interface Decision {
  readonly by: string;
  readonly at?: string;
  readonly comment?: string;
}

export interface Waiver extends KubeObject {
  readonly spec: {
    readonly policy: string;
    readonly rule?: string;
    readonly owner: string;
    readonly reason: string;
    readonly compensatingControl: string;
    readonly expiresAt: string;
    readonly requestedBy?: string;
    readonly ticket?: string;
    readonly scope: Readonly<Record<string, unknown>>;
    readonly approval?: Decision;
    readonly rejection?: Decision;
  };
  readonly status?: { readonly phase?: string; readonly message?: string; readonly uses?: number };
}

export const policyApi = {
  packs: (signal?: AbortSignal) => getJson<{ packs: readonly PackView[]; policies: readonly PolicyView[] }>('/fairway/v1/policy/packs', signal),
  violations: (filter: { team?: string; policy?: string }, signal?: AbortSignal) => getJson<{ items: readonly Violation[] }>(`/fairway/v1/policy/violations${query(filter)}`, signal),
  evaluate: (policy: string, object: string) => postJson<Evaluation>('/fairway/v1/policy/evaluate', { policy, object }),
  waiver: (namespace: string, name: string, verb: 'approve' | 'reject') => postJson(`/fairway/v1/waivers/${namespace}/${name}/${verb}`),
};

/** Of what could be told. */
export function passRate({ pass, fail, unknown }: Tally): string {
  const decided = pass + fail + unknown;
  return decided === 0 ? '–' : `${Math.floor((100 * pass) / decided)} %`;
}

const severities: Record<string, Tone> = { critical: 'bad', high: 'bad', medium: 'wait', low: 'idle', info: 'idle' };

export function toneOfSeverity(severity: string): Tone {
  return severities[severity] ?? 'idle';
}

const phases: Record<string, Tone> = { Requested: 'wait', Active: 'ok', ExpiringSoon: 'wait', Expired: 'bad', Rejected: 'bad', Invalid: 'bad' };

export function toneOfPhase(phase: string): Tone {
  return phases[phase] ?? 'idle';
}
