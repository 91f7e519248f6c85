import type { KubeObject } from '../kinds';

/** What the server says about one subscription. */
export interface WatchMessage {
  readonly id: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'SYNCED' | 'ERROR';
  readonly object?: KubeObject;
}

/** What a subscription knows. Values are replaced, never changed, so that views can compare by identity. */
export interface WatchState {
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** False until the first complete list has arrived. */
  readonly synced: boolean;
  /** While a list is arriving after a reconnect: what has come so far. Shown only when it is complete. */
  readonly arriving: ReadonlyMap<string, KubeObject> | null;
  readonly error: WatchFailure | null;
}

export interface WatchFailure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export const emptyWatch: WatchState = { objects: new Map(), synced: false, arriving: new Map(), error: null };

/** The connection was lost or is new: the next messages are a complete list again; the old one stays visible until then. */
export function restart(state: WatchState): WatchState {
  return { ...state, arriving: new Map(), error: null };
}

/** Applies messages in order. Late, repeated and unknown messages change nothing. */
export function applyMessages(state: WatchState, messages: readonly WatchMessage[]): WatchState {
  let { objects, arriving, synced, error } = state;
  let target: Map<string, KubeObject> | null = null;
  const edit = (): Map<string, KubeObject> => (target ??= new Map(arriving ?? objects));
  const settle = (): void => {
    if (!target) return;
    if (arriving) arriving = target;
    else objects = target;
    target = null;
  };

  for (const message of messages) {
    switch (message.type) {
      case 'ADDED':
      case 'MODIFIED': {
        const object = message.object;
        if (!object?.metadata) break;
        const key = keyOf(object);
        const current = (target ?? arriving ?? objects).get(key);
        if (current && current.metadata.uid === object.metadata.uid && !isNewer(object, current)) break;
        edit().set(key, object);
        break;
      }
      case 'DELETED':
        if (message.object?.metadata && (target ?? arriving ?? objects).has(keyOf(message.object))) edit().delete(keyOf(message.object));
        break;
      case 'SYNCED':
        settle();
        if (arriving) objects = arriving;
        arriving = null;
        synced = true;
        error = null;
        break;
      case 'ERROR':
        error = failureOf(message.object);
        break;
      case 'BOOKMARK':
        break;
    }
  }
  settle();
  return { objects, arriving, synced, error };
}

export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function isNewer(next: KubeObject, current: KubeObject): boolean {
  const a = Number(next.metadata.resourceVersion);
  const b = Number(current.metadata.resourceVersion);
  return !Number.isFinite(a) || !Number.isFinite(b) || a > b;
}

function failureOf(object: unknown): WatchFailure {
  const status = (object ?? {}) as { code?: number; reason?: string; message?: string };
  return { code: status.code ?? 0, reason: status.reason ?? 'Error', message: status.message ?? 'The watch ended.' };
}
