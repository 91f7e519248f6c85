import { groupBy } from '../../../api/grouping';
import type { Dependency } from '../../../api/telemetry';

export interface Place {
  readonly service: string;
  readonly column: number;
  readonly row: number;
}

/**
 * Columns from callers to the called: each service stands one to the right of the furthest of its callers. A call that would lead
 * back in a circle does not count. Cost: linear in calls.
 */
export function layout(calls: readonly Dependency[]): readonly Place[] {
  const services = [...new Set(calls.flatMap((call) => [call.parent, call.child]))].sort();
  const called = groupBy(calls.filter((call) => call.parent !== call.child), (call) => call.parent);
  const columns = new Map<string, number>();
  const onPath = new Set<string>();
  const place = (service: string, column: number) => {
    if (onPath.has(service) || (columns.get(service) ?? -1) >= column) return;
    columns.set(service, column);
    onPath.add(service);
    for (const call of called.get(service) ?? []) place(call.child, column + 1);
    onPath.delete(service);
  };
  const children = new Set(calls.filter((call) => call.parent !== call.child).map((call) => call.child));
  for (const service of services) if (!children.has(service)) place(service, 0);
  for (const service of services) if (!columns.has(service)) place(service, 0);
  const rows = new Map<number, number>();
  return services.map((service) => {
    const column = columns.get(service) ?? 0;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { service, column, row };
  });
}
