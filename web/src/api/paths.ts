/** Where a kind is served: group (empty for core), version and plural. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** The path of a collection or object within a cluster, as Kubernetes spells it: `apis/apps/v1/namespaces/shop/deployments`. */
export function resourcePath(ref: ResourceRef, namespace?: string, name?: string): string {
  const parts = ref.group ? ['apis', ref.group, ref.version] : ['api', ref.version];
  if (namespace) parts.push('namespaces', namespace);
  parts.push(ref.plural);
  if (name) parts.push(name);
  return parts.map(encodeURIComponent).join('/');
}

/** The same on this origin, in one of Fairway's clusters. */
export function clusterPath(cluster: string, path: string): string {
  return `/clusters/${encodeURIComponent(cluster)}/${path}`;
}

export const fairwayKind = (plural: string): ResourceRef => ({ group: 'fairway.dev', version: 'v1', plural });

/** Splits `apps/v1` or `v1` into group and version. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}
