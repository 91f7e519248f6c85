import { useEffect, useMemo, useReducer, useRef } from 'react';
import { getJson } from '../../api/http';
import type { KubeObject } from '../../api/kinds';
import { clusterPath, resourcePath, type ResourceRef } from '../../api/paths';
import { useWatch } from '../../api/watch/useWatch';
import { emptyTable, mergeRows, presentRows, replaceRows, staleKeys, type Column, type Row, type Table, type TableState } from './tableState';

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
/** Up to so many changed rows are read one by one; more are read as one list. */
const singleReads = 6;
const settleMs = 250;

type Action = { type: 'reset' } | { type: 'list'; table: Table } | { type: 'rows'; rows: readonly Row[] } | { type: 'failed'; error: unknown };

interface State {
  readonly table: TableState;
  readonly loaded: boolean;
  readonly error: unknown;
}

const start: State = { table: emptyTable, loaded: false, error: null };

function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'reset': return start;
    case 'list': return { table: replaceRows(action.table), loaded: true, error: null };
    case 'rows': return { ...state, table: mergeRows(state.table, action.rows) };
    case 'failed': return { ...state, error: action.error };
  }
}

export interface ResourceTable {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly loaded: boolean;
  readonly error: unknown;
}

/** The server's own columns, kept up to date: the watch says what changed, and only those rows are read again. */
export function useResourceTable(cluster: string, ref: ResourceRef, namespace: string | undefined): ResourceTable {
  const path = resourcePath(ref, namespace);
  const watched = useWatch<KubeObject>({ cluster, path });
  const [state, dispatch] = useReducer(reduce, start);
  const table = useRef(state.table);
  table.current = state.table;

  useEffect(() => {
    const abort = new AbortController();
    dispatch({ type: 'reset' });
    getJson<Table>(clusterPath(cluster, path), abort.signal, accept)
      .then((list) => dispatch({ type: 'list', table: list }))
      .catch((error: unknown) => !abort.signal.aborted && dispatch({ type: 'failed', error }));
    return () => abort.abort();
  }, [cluster, path]);

  const { byKey, synced } = watched;
  const { group, version, plural } = ref;
  useEffect(() => {
    if (!synced || !state.loaded) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const stale = staleKeys(table.current, byKey);
      if (stale.length === 0) return;
      const kind = { group, version, plural };
      const read = (at: string) => getJson<Table>(clusterPath(cluster, at), abort.signal, accept);
      const failed = (error: unknown) => {
        if (!abort.signal.aborted && stale.length > singleReads) dispatch({ type: 'failed', error });
      };
      if (stale.length > singleReads) void read(path).then((list) => dispatch({ type: 'list', table: list }), failed);
      else
        for (const key of stale) {
          const slash = key.indexOf('/');
          void read(resourcePath(kind, key.slice(0, slash), key.slice(slash + 1))).then((one) => dispatch({ type: 'rows', rows: one.rows }), failed);
        }
    }, settleMs);
    return () => clearTimeout(timer);
  }, [byKey, cluster, group, path, plural, state.loaded, synced, version]);

  const rows = useMemo(() => presentRows(state.table, synced ? byKey : null), [byKey, state.table, synced]);
  return { columns: state.table.columns, rows, loaded: state.loaded, error: state.error ?? watched.error };
}
