import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate, useParams } from '@tanstack/react-router';
import { Boxes, Search } from 'lucide-react';
import { api } from '../../api/fairway';
import type { KubeObject } from '../../api/kinds';
import { useWatch } from '../../api/watch/useWatch';
import { Command } from '../../ui/Command';
import { Empty } from '../../ui/Empty';
import { Failure } from '../../ui/Failure';
import { LoadingRows } from '../../ui/Loading';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { byGroup, groupFromPath, groupInPath, groupName, useDiscovery, type ServedKind } from './discovery';
import { KindList } from './KindList';
import { ObjectDrawer } from './object/ObjectDrawer';
import { ResourceRows } from './ResourceRows';
import classes from './ResourcesPage.module.css';
import { useResourceTable } from './useResourceTable';

const route = getRouteApi('/resources/$cluster/$group/$version/$plural');

function useClusters(): readonly string[] {
  const status = useQuery({ queryKey: ['status'], queryFn: ({ signal }) => api.status(signal), staleTime: Infinity });
  return Object.keys(status.data?.endpoints?.clusters ?? {});
}

/** Chooses where to begin: the last cluster on the way, where production is; in a cluster, what runs there. */
export function ResourcesStart() {
  const { cluster: named } = useParams({ strict: false });
  const clusters = useClusters();
  const cluster = named ?? clusters.at(-1);
  const discovery = useDiscovery(cluster ?? '');
  if (!cluster || discovery.isPending) return <LoadingRows />;
  if (discovery.error) return <Page title="Clusters"><Failure error={discovery.error} what={`The kinds of ${cluster} could not be read.`} retry={() => void discovery.refetch()} /></Page>;
  const kinds = discovery.data ?? [];
  const first = kinds.find((kind) => kind.kind === 'Application') ?? kinds.find((kind) => kind.kind === 'Pod') ?? kinds[0];
  const pods = cluster === 'hub' ? undefined : kinds.find((kind) => kind.kind === 'Pod');
  const kind = pods ?? first;
  if (!kind) return <Empty icon={Boxes} title="This cluster serves no kinds">Ask for its API resources with kubectl.</Empty>;
  return <Navigate replace to="/resources/$cluster/$group/$version/$plural" params={{ cluster, group: groupInPath(kind.group), version: kind.version, plural: kind.plural }} />;
}

/** Any kind in any cluster: the server's own columns, live. */
export function ResourcesPage() {
  const { cluster, group: groupPart, version, plural } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const clusters = useClusters();
  const discovery = useDiscovery(cluster);
  const group = groupFromPath(groupPart);
  const ref = { group, version, plural };
  const kind = discovery.data?.find((candidate) => candidate.group === group && candidate.plural === plural);
  const namespaced = kind?.namespaced ?? true;
  const table = useResourceTable(cluster, ref, namespaced ? search.ns : undefined);
  const namespaces = useWatch<KubeObject>({ cluster, path: 'api/v1/namespaces' });
  const wanted = (search.q ?? '').toLowerCase();
  const rows = wanted ? table.rows.filter((row) => row.cells.some((cell) => String(cell).toLowerCase().includes(wanted)) || row.object.metadata.namespace?.includes(wanted)) : table.rows;
  const change = (values: Partial<typeof search>, replace = true) => void navigate({ search: (previous) => ({ ...previous, ...values }), replace });
  const goKind = (next: ServedKind) =>
    void navigate({ to: '/resources/$cluster/$group/$version/$plural', params: { cluster, group: groupInPath(next.group), version: next.version, plural: next.plural }, search: { ns: search.ns } });

  return (
    <Page
      wide
      name={`${kind?.kind ?? plural} in ${cluster}`}
      title={kind ? plural.charAt(0).toUpperCase() + plural.slice(1) : plural}
      meta={table.loaded && <span>{rows.length === table.rows.length ? `${rows.length} in ${cluster}` : `${rows.length} of ${table.rows.length} in ${cluster}`}</span>}
      actions={
        clusters.length > 0 && (
          <SegmentedControl
            size="xs"
            aria-label="Cluster"
            data={[...clusters]}
            value={cluster}
            onChange={(value) => void navigate({ to: '/resources/$cluster', params: { cluster: value } })}
          />
        )
      }
    >
      <div className={classes.layout}>
        <KindList groups={byGroup(discovery.data ?? [])} current={kind} onSelect={goKind} />
        <div className={classes.main}>
          <div className={classes.filters}>
            <Select
              className={classes.kindSelect}
              size="xs"
              aria-label="Kind"
              searchable
              allowDeselect={false}
              data={byGroup(discovery.data ?? []).map(({ group: name, kinds }) => ({ group: groupName(name), items: kinds.map((one) => ({ value: `${one.group}/${one.plural}`, label: one.kind })) }))}
              value={`${group}/${plural}`}
              onChange={(value) => {
                const next = discovery.data?.find((one) => `${one.group}/${one.plural}` === value);
                if (next) goKind(next);
              }}
            />
            {namespaced && (
              <Select
                size="xs"
                aria-label="Namespace"
                placeholder="Every namespace"
                clearable
                searchable
                data={namespaces.items.map((namespace) => namespace.metadata.name).sort()}
                value={search.ns ?? null}
                onChange={(value) => change({ ns: value ?? undefined })}
              />
            )}
            <TextInput size="xs" aria-label="Filter rows" placeholder="Filter" data-page-filter leftSection={<Search size={14} />} value={search.q ?? ''} onChange={(event) => change({ q: event.currentTarget.value || undefined })} />
            <span className={classes.command}>
              <Command text={`kubectl --context ${cluster} get ${kind?.shortNames[0] ?? plural}${namespaced ? (search.ns ? ` -n ${search.ns}` : ' -A') : ''}`} />
            </span>
          </div>
          {table.error !== null && <Failure error={table.error} what={`${plural} of ${cluster} could not be read.`} />}
          <Panel flush label={plural}>
            {!table.loaded && table.error === null && <LoadingRows rows={6} height={28} />}
            {table.loaded && rows.length === 0 && (
              <Empty icon={Boxes} title={wanted ? 'No row matches' : `No ${plural} here`} command={`kubectl --context ${cluster} apply -f ${kind?.kind.toLowerCase() ?? 'object'}.yaml`}>
                {wanted ? 'Clear the filter, or look in another namespace or cluster.' : `Each ${kind?.kind ?? 'object'} of ${search.ns ? `namespace ${search.ns}` : 'the cluster'} will have a row here.`}
              </Empty>
            )}
            {rows.length > 0 && (
              <ResourceRows
                columns={table.columns}
                rows={rows}
                showNamespace={namespaced && !search.ns}
                selected={search.name ? `${search.objectNs ?? ''}/${search.name}` : undefined}
                onOpen={(row) => change({ name: row.object.metadata.name, objectNs: row.object.metadata.namespace, view: undefined }, false)}
              />
            )}
          </Panel>
        </div>
      </div>
      {search.name && (
        <ObjectDrawer
          cluster={cluster}
          resource={ref}
          kind={kind?.kind ?? plural}
          namespace={search.objectNs}
          name={search.name}
          view={search.view}
          onView={(view) => change({ view })}
          onClose={() => change({ name: undefined, objectNs: undefined, view: undefined })}
        />
      )}
    </Page>
  );
}
