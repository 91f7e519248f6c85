import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { request, ApiError } from '../http';
import type { KubeObject } from '../kinds';
import { fairwayKind, resourcePath } from '../paths';
import { WatchConnection, targetKey, type ConnectionState, type WatchTarget } from './connection';
import { emptyWatch, type WatchFailure, type WatchState } from './reducer';

async function isSignedOut(): Promise<boolean> {
  try {
    await request('/session');
    return false;
  } catch (error) {
    return error instanceof ApiError && error.status === 401;
  }
}

const scheme = typeof location !== 'undefined' && location.protocol === 'https:' ? 'wss' : 'ws';
export const watches = new WatchConnection(typeof location === 'undefined' ? '' : `${scheme}://${location.host}/watch`, isSignedOut);

export interface Watched<T> {
  readonly items: readonly T[];
  readonly byKey: ReadonlyMap<string, T>;
  readonly synced: boolean;
  readonly error: WatchFailure | null;
}

const noop = () => () => {};

/** Every object that matches, kept up to date. `null` watches nothing. */
export function useWatch<T extends KubeObject>(target: WatchTarget | null): Watched<T> {
  const key = target ? targetKey(target) : '';
  // The key stands for the target: a new object with the same content is the same subscription.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const stable = useMemo(() => target, [key]);
  const subscribe = useCallback((listener: () => void) => (stable ? watches.subscribe(stable, listener) : noop()), [stable]);
  const state: WatchState = useSyncExternalStore(subscribe, () => (stable ? watches.stateOf(stable) : emptyWatch));
  return useMemo(
    () => ({
      items: [...state.objects.values()] as unknown as T[],
      byKey: state.objects as unknown as ReadonlyMap<string, T>,
      synced: state.synced,
      error: state.error,
    }),
    [state],
  );
}

/** One of Fairway's kinds in the hub, in every namespace or in one. */
export function useFairway<T extends KubeObject>(plural: string, namespace?: string, fieldSelector?: string): Watched<T> {
  return useWatch<T>({ cluster: 'hub', path: resourcePath(fairwayKind(plural), namespace), fieldSelector });
}

export function useConnection(): ConnectionState {
  return useSyncExternalStore(
    (listener) => watches.onConnection(listener),
    () => watches.connection,
  );
}
