import { SegmentedControl } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { Network } from 'lucide-react';
import { useMemo } from 'react';
import type { KubeObject } from '../../../api/kinds';
import { parseApiVersion } from '../../../api/paths';
import { useWatch } from '../../../api/watch/useWatch';
import { Empty } from '../../../ui/Empty';
import { LoadingRows } from '../../../ui/Loading';
import { Panel } from '../../../ui/Panel';
import { State } from '../../../ui/State';
import { useDiscovery } from '../../resources/discovery';
import { ObjectDrawer } from '../../resources/object/ObjectDrawer';
import { clusterOf, type Stop } from '../model';
import { Drift } from './Drift';
import { ObjectTree } from './ObjectTree';
import classes from './TreeTab.module.css';
import { buildTree, type TreeNode } from './tree';
import { useApplication } from './useApplication';
import { Why } from './Why';

const route = getRouteApi('/apps/$namespace/$application/tree');

/** Everything the application is made of in an environment, from its manifests to its pods. */
export function TreeTab() {
  const { stops } = useApplication();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const stop = stops.find((candidate) => candidate.spec.name === search.env) ?? stops.findLast((candidate) => candidate.status?.release) ?? stops[0];
  if (!stop) return null;
  return (
    <>
      <div>
        <SegmentedControl
          size="xs"
          aria-label="Environment"
          data={stops.map((candidate) => candidate.spec.name)}
          value={stop.spec.name}
          onChange={(value) => void navigate({ search: { env: value }, replace: true })}
        />
      </div>
      <Tree key={stop.spec.name} stop={stop} />
    </>
  );
}

function Tree({ stop }: { stop: Stop }) {
  const { namespace, name } = useApplication();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const cluster = clusterOf(stop.spec);
  const target = stop.spec.namespace ?? name;
  const live = useLive(cluster, target, name);
  const managed = stop.status?.resources;
  const nodes = useMemo(() => buildTree(managed ?? [], live.objects, live.added), [live.added, live.objects, managed]);
  const discovery = useDiscovery(search.cluster ?? cluster);
  const open = (node: TreeNode) =>
    void navigate({ search: { env: stop.spec.name, cluster, apiVersion: node.apiVersion, kind: node.kind, ns: node.namespace, name: node.name }, resetScroll: false });
  const opened = search.apiVersion && search.kind && search.name ? { ...parseApiVersion(search.apiVersion), kind: search.kind, name: search.name } : undefined;
  const served = opened && discovery.data?.find((kind) => kind.group === opened.group && kind.kind === opened.kind);
  return (
    <>
      <Why stop={stop} nodes={nodes} />
      <Drift fields={stop.status?.drift ?? []} />
      <Panel
        title={`Objects in ${stop.spec.name}`}
        aside={
          <>
            <State value={stop.status?.sync ?? 'Unknown'} /> <span className={classes.revision}>{stop.status?.syncedRevision?.slice(0, 9)}</span>
          </>
        }
      >
        {!live.synced && nodes.length === 0 && <LoadingRows />}
        {live.synced && nodes.length === 0 && (
          <Empty icon={Network} title={`Nothing in ${stop.spec.name} yet`} command={`fairway apps promote ${name} ${stop.spec.name} -n ${namespace}`}>
            When a release arrives here, its objects and their pods show as a tree.
          </Empty>
        )}
        {nodes.length > 0 && <ObjectTree nodes={nodes} onOpen={open} opened={opened?.name} />}
      </Panel>
      {opened && served && (
        <ObjectDrawer
          cluster={search.cluster ?? cluster}
          resource={{ group: served.group, version: opened.version, plural: served.plural }}
          kind={opened.kind}
          namespace={served.namespaced ? search.ns : undefined}
          name={opened.name}
          view={search.view}
          onView={(view) => void navigate({ search: (previous) => ({ ...previous, view }), replace: true, resetScroll: false })}
          onClose={() => void navigate({ search: { env: stop.spec.name }, resetScroll: false })}
        />
      )}
    </>
  );
}

/** What runs in the environment's namespace, and what of it a rollout has added for this application. */
function useLive(cluster: string, namespace: string, application: string): { objects: readonly KubeObject[]; added: readonly KubeObject[]; synced: boolean } {
  const pods = useWatch<KubeObject>({ cluster, path: `api/v1/namespaces/${namespace}/pods` });
  const sets = useWatch<KubeObject>({ cluster, path: `apis/apps/v1/namespaces/${namespace}/replicasets` });
  const deployments = useWatch<KubeObject>({ cluster, path: `apis/apps/v1/namespaces/${namespace}/deployments` });
  const services = useWatch<KubeObject>({ cluster, path: `api/v1/namespaces/${namespace}/services` });
  return useMemo(() => {
    const mine = (object: KubeObject) => object.metadata.labels?.['fairway.dev/application'] === application && object.metadata.labels['fairway.dev/track'] === 'canary';
    return {
      objects: [...pods.items, ...sets.items, ...deployments.items, ...services.items],
      added: [...deployments.items, ...services.items].filter(mine),
      synced: [pods, sets, deployments, services].every((watched) => watched.synced || watched.error),
    };
  }, [application, deployments, pods, services, sets]);
}
