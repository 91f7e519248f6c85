// Fairway's endpoints beyond plain resource verbs.
import { getJson, postJson, query } from './http';

export interface Me {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface PlatformStatus {
  readonly ready: boolean;
  readonly version: string;
  readonly dataDir?: string;
  readonly endpoints?: {
    readonly portal?: string;
    readonly gateway?: string;
    readonly git?: string;
    readonly clusters?: Readonly<Record<string, string>>;
  };
}

export interface LedgerItem {
  readonly sequence: number;
  readonly at: string;
  readonly type: string;
  readonly actor: string;
  readonly namespace?: string;
  readonly application?: string;
  readonly environment?: string;
  readonly release?: string;
  readonly subject?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly hash: string;
  readonly previous: string;
}

export interface LedgerPage {
  readonly items: readonly LedgerItem[];
}

/** Numbers of one Service at one release: requests are counts, times are milliseconds. */
export interface TrafficNumbers {
  readonly requests: number;
  readonly failures: number;
  readonly p50?: number | null;
  readonly p95?: number | null;
}

export interface TrafficBackend extends TrafficNumbers {
  /** The Service that answered: `web`, `web-canary`. */
  readonly service: string;
  readonly release?: string | null;
  readonly successRate?: number | null;
  readonly points: readonly (TrafficNumbers & { readonly at: string })[];
}

export interface Traffic {
  /** Seconds looked back over, and seconds in each point. */
  readonly window: number;
  readonly step: number;
  readonly backends: readonly TrafficBackend[];
}

/** The four keys of a window, each with the number of events that it stands on. */
export interface FourKeys {
  readonly from: string;
  readonly to: string;
  readonly deploymentFrequency: { readonly perDay?: number | null; readonly count: number };
  readonly leadTime: { readonly seconds?: number | null; readonly count: number };
  readonly changeFailureRate: { readonly ratio?: number | null; readonly count: number };
  readonly recoveryTime: { readonly seconds?: number | null; readonly count: number };
  /** The window of the same length before. */
  readonly previous?: Omit<FourKeys, 'previous'>;
}

export interface LedgerVerdict {
  readonly valid: boolean;
  readonly entries: number;
  readonly head?: string;
  readonly brokenAt?: number | null;
  readonly message?: string | null;
}

export interface LedgerFilter {
  readonly before?: number;
  readonly limit?: number;
  readonly application?: string;
  /** One type or several, with commas. */
  readonly type?: string;
}

export const api = {
  me: (signal?: AbortSignal) => getJson<Me>('/session', signal),
  status: (signal?: AbortSignal) => getJson<PlatformStatus>('/fairway/v1/status', signal),
  promote: (namespace: string, application: string, environment: string, release: string) =>
    postJson(`/fairway/v1/applications/${namespace}/${application}/promote`, { environment, release }),
  promotion: (namespace: string, name: string, action: 'approve' | 'abort') => postJson(`/fairway/v1/promotions/${namespace}/${name}/${action}`),
  rollout: (namespace: string, name: string, action: 'promote' | 'abort' | 'pause' | 'resume', body: object = {}) =>
    postJson(`/fairway/v1/rollouts/${namespace}/${name}/${action}`, body),
  /** Newest first. */
  ledger: (filter: LedgerFilter, signal?: AbortSignal) => getJson<LedgerPage>(`/fairway/v1/ledger${query({ ...filter })}`, signal),
  verifyLedger: () => getJson<LedgerVerdict>('/fairway/v1/ledger/verify'),
  fourKeys: (days: number, application: string | undefined, signal?: AbortSignal) => getJson<FourKeys>(`/fairway/v1/dora${query({ days, application })}`, signal),
  traffic: (filter: { cluster: string; namespace: string; window: number; step: number }, signal?: AbortSignal) => getJson<Traffic>(`/fairway/v1/traffic${query(filter)}`, signal),
};
