import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../api/kinds';
import { buildTree, causeOf } from './tree';

const object = (kind: string, name: string, owner?: string, rest: object = {}): KubeObject => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  metadata: { name, uid: `${kind}/${name}`, namespace: 'shop', ownerReferences: owner ? [{ apiVersion: 'apps/v1', kind: '', name: '', uid: owner, controller: true }] : undefined },
  ...rest,
});
const pod = (name: string, owner: string, ready: boolean, waiting?: object) =>
  object('Pod', name, owner, { status: { phase: 'Running', containerStatuses: [{ name: 'app', ready, state: waiting ? { waiting } : { running: {} } }] } });
const managed = [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', sync: 'Synced', health: 'Degraded', message: '1 of 2 replicas' }];
const live = [
  object('Deployment', 'web', undefined, { spec: { replicas: 2 }, status: { readyReplicas: 1 } }),
  object('ReplicaSet', 'web-new', 'Deployment/web', { spec: { replicas: 2 }, status: { replicas: 2, readyReplicas: 1 } }),
  object('ReplicaSet', 'web-old', 'Deployment/web', { spec: { replicas: 0 }, status: { replicas: 0 } }),
  pod('web-new-a', 'ReplicaSet/web-new', true),
  pod('web-new-b', 'ReplicaSet/web-new', false, { reason: 'CrashLoopBackOff', message: 'exit code 139' }),
];

describe('buildTree', () => {
  it('hangs pods below their replica sets, and leaves out those of the past', () => {
    const [web] = buildTree(managed, live, []);
    expect(web?.children.map((set) => set.name)).toEqual(['web-new']);
    expect(web?.children[0]?.children.map((one) => one.name)).toEqual(['web-new-a', 'web-new-b']);
  });
  it('shows the worst health at every parent', () => {
    expect(buildTree(managed, live, [])[0]?.children[0]?.health).toBe('Degraded');
  });
  it('shows what a rollout added once, and not what git already asks for', () => {
    const canary = object('Deployment', 'web-canary', undefined, { spec: { replicas: 1 }, status: { readyReplicas: 1 } });
    expect(buildTree(managed, live, [canary, live[0]!]).map((node) => node.name)).toEqual(['web', 'web-canary']);
  });
  it('shows an object that git asks for and the cluster does not have', () => {
    expect(buildTree([{ ...managed[0]!, name: 'lost', health: 'Missing' }], [], [])[0]?.health).toBe('Missing');
  });
});

describe('causeOf', () => {
  it('goes down to the object that owns the trouble', () => {
    expect(causeOf(buildTree(managed, live, [])).map((node) => node.name)).toEqual(['web', 'web-new', 'web-new-b']);
  });
  it('is empty where nothing is wrong', () => {
    expect(causeOf(buildTree([{ ...managed[0]!, health: 'Healthy' }], [], []))).toEqual([]);
  });
});
