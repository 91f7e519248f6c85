import type { KubeObject, Metadata } from '../../api/kinds';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly priority?: number;
  readonly description?: string;
}

export interface Row {
  readonly cells: readonly unknown[];
  readonly object: { readonly metadata: Metadata };
}

/** A server-side Table: what kubectl prints. */
export interface Table {
  readonly columnDefinitions: readonly Column[];
  readonly rows: readonly Row[];
}

export interface TableState {
  readonly columns: readonly Column[];
  readonly rows: ReadonlyMap<string, Row>;
}

export const emptyTable: TableState = { columns: [], rows: new Map() };

export function rowKey(row: Row): string {
  return `${row.object.metadata.namespace ?? ''}/${row.object.metadata.name}`;
}

/** A whole list replaces everything. */
export function replaceRows(table: Table): TableState {
  return { columns: table.columnDefinitions, rows: new Map((table.rows ?? []).map((row) => [rowKey(row), row])) };
}

/** Single rows replace their older selves. */
export function mergeRows(state: TableState, rows: readonly Row[]): TableState {
  const next = new Map(state.rows);
  for (const row of rows) if (!(revisionOf(next.get(rowKey(row))) > revisionOf(row))) next.set(rowKey(row), row);
  return { ...state, rows: next };
}

/** Keys whose row is missing or older than the object that the watch has seen. */
export function staleKeys(state: TableState, objects: ReadonlyMap<string, KubeObject>): readonly string[] {
  const stale: string[] = [];
  for (const [key, object] of objects) {
    const row = state.rows.get(key);
    if (!row || row.object.metadata.uid !== object.metadata.uid || revisionOf(row) < Number(object.metadata.resourceVersion)) stale.push(key);
  }
  return stale;
}

/** Rows that still exist, in the order of kubectl: by namespace, then name. */
export function presentRows(state: TableState, objects: ReadonlyMap<string, KubeObject> | null): readonly Row[] {
  const rows = [...state.rows.entries()].filter(([key]) => !objects || objects.has(key));
  return rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
}

function revisionOf(row: Row | undefined): number {
  return Number(row?.object.metadata.resourceVersion ?? -1);
}
