import { useQuery } from '@tanstack/react-query';
import { groupBy } from '../../api/grouping';
import { getJson } from '../../api/http';
import { clusterPath } from '../../api/paths';

/** A kind that a cluster serves. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean; readonly verbs: readonly string[]; readonly shortNames?: readonly string[] }[];
}

interface GroupList {
  readonly groups?: readonly { readonly name: string; readonly preferredVersion: { readonly version: string } }[];
}

/** Every kind of a cluster that can be listed, by its discovery documents, as kubectl finds them. */
export function useDiscovery(cluster: string) {
  return useQuery({
    queryKey: ['discovery', cluster],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<readonly ServedKind[]> => {
      const groups = await getJson<GroupList>(clusterPath(cluster, 'apis'), signal);
      const sources = [{ group: '', version: 'v1', path: 'api/v1' }, ...(groups.groups ?? []).map(({ name, preferredVersion: { version } }) => ({ group: name, version, path: `apis/${name}/${version}` }))];
      const lists = await Promise.all(
        sources.map(async ({ group, version, path }) => {
          const list = await getJson<ResourceList>(clusterPath(cluster, path), signal);
          return (list.resources ?? [])
            .filter((resource) => !resource.name.includes('/') && resource.verbs.includes('list'))
            .map((resource) => ({ group, version, plural: resource.name, kind: resource.kind, namespaced: resource.namespaced, shortNames: resource.shortNames ?? [] }));
        }),
      );
      return lists.flat();
    },
  });
}

const groupNames: Record<string, string> = {
  '': 'Core',
  apps: 'Apps',
  batch: 'Batch',
  'fairway.dev': 'Fairway',
  'gateway.networking.k8s.io': 'Gateway',
  'networking.k8s.io': 'Networking',
  'rbac.authorization.k8s.io': 'Access',
  'discovery.k8s.io': 'Discovery',
  'coordination.k8s.io': 'Coordination',
  'apiextensions.k8s.io': 'Extensions',
};

export function groupName(group: string): string {
  return groupNames[group] ?? group;
}

const order = ['fairway.dev', 'apps', '', 'batch', 'gateway.networking.k8s.io', 'networking.k8s.io'];

/** Kinds by group: what people look for first comes first. */
export function byGroup(kinds: readonly ServedKind[]): readonly { readonly group: string; readonly kinds: readonly ServedKind[] }[] {
  const groups = groupBy(kinds, (kind) => kind.group);
  const rank = (group: string) => (order.includes(group) ? order.indexOf(group) : order.length);
  return [...groups.entries()]
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([group, list]) => ({ group, kinds: [...list].sort((a, b) => a.kind.localeCompare(b.kind)) }));
}

/** The group as it stands in an address: the core group has no name. */
export function groupInPath(group: string): string {
  return group || 'core';
}

export function groupFromPath(part: string): string {
  return part === 'core' ? '' : part;
}
