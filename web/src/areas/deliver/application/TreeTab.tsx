import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Network } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { KubeObject } from '../../../api/kinds';
import { parseApiVersion } from '../../../api/paths';
import { readTree, type TreeNode } from '../../../api/tree';
import { useWatch } from '../../../api/watch/useWatch';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Panel } from '../../../ui/Panel';
import { State } from '../../../ui/State';
import { useDiscovery } from '../../resources/discovery';
import { ObjectDrawer } from '../../resources/object/ObjectDrawer';
import { clusterOf, type Stop } from '../model';
import { Drift } from './Drift';
import { ObjectTree } from './ObjectTree';
import classes from './TreeTab.module.css';
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
  const moves = useMoves(cluster, target, stop.application.metadata.resourceVersion ?? '');
  const tree = useQuery({
    queryKey: ['tree', namespace, name, stop.spec.name, moves],
    queryFn: ({ signal }) => readTree(namespace, name, stop.spec.name, signal),
    placeholderData: (previous) => previous,
  });
  const discovery = useDiscovery(search.cluster ?? cluster);
  const open = (node: TreeNode) =>
    void navigate({ search: { env: stop.spec.name, cluster: node.cluster ?? cluster, apiVersion: node.apiVersion, kind: node.kind, ns: node.namespace, name: node.name }, resetScroll: false });
  const opened = search.apiVersion && search.kind && search.name ? { ...parseApiVersion(search.apiVersion), kind: search.kind, name: search.name } : undefined;
  const served = opened && discovery.data?.find((kind) => kind.group === opened.group && kind.kind === opened.kind);
  const nodes = tree.data?.children ?? [];
  return (
    <>
      <Why stop={stop} />
      <Drift fields={stop.status?.drift ?? []} />
      <Panel
        title={`Objects in ${stop.spec.name}`}
        aside={
          <>
            <State value={stop.status?.sync ?? 'Unknown'} /> <span className={classes.revision}>{stop.status?.syncedRevision?.slice(0, 9)}</span>
          </>
        }
      >
        {tree.error && <Failure error={tree.error} what="The tree could not be read." retry={() => void tree.refetch()} />}
        {tree.isPending && <LoadingRows />}
        {tree.data && nodes.length === 0 && (
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

/** Changes whenever something in the tree may have: at most twice a second. */
function useMoves(cluster: string, namespace: string, revision: string): string {
  const pods = useWatch<KubeObject>({ cluster, path: `api/v1/namespaces/${namespace}/pods` }).items;
  const sets = useWatch<KubeObject>({ cluster, path: `apis/apps/v1/namespaces/${namespace}/replicasets` }).items;
  const deployments = useWatch<KubeObject>({ cluster, path: `apis/apps/v1/namespaces/${namespace}/deployments` }).items;
  const [moves, setMoves] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setMoves((n) => n + 1), 500);
    return () => clearTimeout(timer);
  }, [pods, sets, deployments]);
  return `${revision} ${moves}`;
}
