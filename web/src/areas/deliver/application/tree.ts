import { groupBy } from '../../../api/grouping';
import type { EnvironmentStatus, KubeObject } from '../../../api/kinds';

/** An object in an application's tree, with what hangs from it. */
export interface TreeNode {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly health: string | undefined;
  readonly sync: string | undefined;
  readonly message: string | undefined;
  readonly createdAt: string | undefined;
  readonly children: readonly TreeNode[];
}

type Managed = NonNullable<EnvironmentStatus['resources']>;

const severity = ['Healthy', 'Suspended', 'Unknown', 'Progressing', 'Missing', 'Degraded'];

/**
 * The objects that git asks for, those that a rollout has added beside them, and everything that these own. The health of
 * what git asks for is the server's own verdict; what it owns is judged here, and the worst is seen at every parent.
 */
export function buildTree(managed: Managed, live: readonly KubeObject[], extra: readonly KubeObject[]): readonly TreeNode[] {
  const owned = groupBy(
    live.filter((object) => object.metadata.ownerReferences?.length),
    (object) => object.metadata.ownerReferences?.find((owner) => owner.controller)?.uid ?? object.metadata.ownerReferences?.[0]?.uid ?? '',
  );
  const known = new Map(live.map((object) => [keyOf(object.kind, object.metadata.namespace, object.metadata.name), object]));
  const below = (object: KubeObject | undefined): readonly TreeNode[] => (object ? (owned.get(object.metadata.uid) ?? []).filter(isCurrent).map(nodeOf) : []);
  const nodeOf = (object: KubeObject): TreeNode => {
    const children = below(object);
    return {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace: object.metadata.namespace,
      name: object.metadata.name,
      health: worst([healthOf(object), ...children.map((child) => child.health)]),
      sync: undefined,
      message: messageOf(object),
      createdAt: object.metadata.creationTimestamp,
      children,
    };
  };
  const asked = managed.map((one): TreeNode => {
    const object = known.get(keyOf(one.kind, one.namespace, one.name));
    return { ...one, namespace: one.namespace, health: one.health, sync: one.sync, message: one.message, createdAt: object?.metadata.creationTimestamp, children: below(object) };
  });
  const askedKeys = new Set(managed.map((one) => keyOf(one.kind, one.namespace, one.name)));
  const added = extra.filter((object) => !askedKeys.has(keyOf(object.kind, object.metadata.namespace, object.metadata.name)) && !object.metadata.ownerReferences?.length).map(nodeOf);
  return [...asked, ...added];
}

/** From the first troubled object down to the one that owns the trouble. */
export function causeOf(nodes: readonly TreeNode[]): readonly TreeNode[] {
  const troubled = nodes.filter((node) => node.health === 'Degraded' || node.health === 'Missing').sort((a, b) => Number(b.children.length > 0) - Number(a.children.length > 0))[0];
  return troubled ? [troubled, ...causeOf(troubled.children)] : [];
}

/** Replica sets of the past, without pods, are history rather than part of what runs. */
function isCurrent(object: KubeObject): boolean {
  return object.kind !== 'ReplicaSet' || (statusOf(object).replicas ?? 0) > 0 || (specOf(object).replicas ?? 0) > 0;
}

interface Numbers {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly phase?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string }; readonly terminated?: { readonly reason?: string; readonly exitCode?: number } };
}

const statusOf = (object: KubeObject) => ((object as { status?: Numbers }).status ?? {}) as Numbers;
const specOf = (object: KubeObject) => ((object as { spec?: Numbers }).spec ?? {}) as Numbers;

function healthOf(object: KubeObject): string | undefined {
  const status = statusOf(object);
  if (object.kind === 'Pod') {
    if (object.metadata.deletionTimestamp) return 'Progressing';
    if (status.phase === 'Succeeded') return 'Healthy';
    if (status.phase === 'Failed' || status.containerStatuses?.some((container) => /BackOff|Err/.test(container.state?.waiting?.reason ?? ''))) return 'Degraded';
    return status.phase === 'Running' && status.containerStatuses?.every((container) => container.ready) ? 'Healthy' : 'Progressing';
  }
  if (object.kind === 'ReplicaSet' || object.kind === 'Deployment') return (status.readyReplicas ?? 0) >= (specOf(object).replicas ?? 1) ? 'Healthy' : 'Progressing';
  return 'Healthy';
}

function messageOf(object: KubeObject): string | undefined {
  if (object.kind === 'Pod') {
    for (const { name, state } of statusOf(object).containerStatuses ?? []) {
      if (state?.waiting) return [`${name}: ${state.waiting.reason ?? 'waiting'}`, state.waiting.message].filter(Boolean).join(', ');
      if (state?.terminated && state.terminated.exitCode !== 0) return `${name} ended with exit code ${state.terminated.exitCode}`;
    }
    return undefined;
  }
  if (object.kind === 'ReplicaSet' || object.kind === 'Deployment') {
    const wanted = specOf(object).replicas ?? 1;
    const ready = statusOf(object).readyReplicas ?? 0;
    return ready < wanted ? `${ready} of ${wanted} ready` : undefined;
  }
  return undefined;
}

function worst(healths: readonly (string | undefined)[]): string | undefined {
  return healths.reduce((a, b) => (severity.indexOf(b ?? '') > severity.indexOf(a ?? '') ? b : a));
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}
