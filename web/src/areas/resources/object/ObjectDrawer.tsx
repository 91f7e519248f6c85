import { Drawer, Tabs } from '@mantine/core';
import { FileQuestion } from 'lucide-react';
import { lazy, Suspense } from 'react';
import type { KubeObject } from '../../../api/kinds';
import { resourcePath, type ResourceRef } from '../../../api/paths';
import { useWatch } from '../../../api/watch/useWatch';
import { Age } from '../../../ui/Age';
import { Command } from '../../../ui/Command';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import classes from './ObjectDrawer.module.css';
import { ObjectEvents } from './ObjectEvents';
import { PodLogs } from './PodLogs';
import { Summary } from './Summary';

const Yaml = lazy(() => import('./Yaml'));

interface Props {
  readonly cluster: string;
  readonly resource: ResourceRef;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly view: string | undefined;
  readonly onView: (view: string) => void;
  readonly onClose: () => void;
}

/** One object, live, at its own address: what it is, as YAML, what happened to it, what it says. */
export function ObjectDrawer({ cluster, resource, kind, namespace, name, view = 'summary', onView, onClose }: Props) {
  const watched = useWatch<KubeObject>({ cluster, path: resourcePath(resource, namespace), fieldSelector: `metadata.name=${name}` });
  const object = watched.byKey.get(`${namespace ?? ''}/${name}`);
  const isPod = kind === 'Pod';
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(820px, 100vw)"
      overlayProps={{ backgroundOpacity: 0.2 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
      title={
        <span className={classes.title} tabIndex={-1} data-autofocus>
          <span className={classes.kind}>{kind}</span>
          <span className={classes.name}>{name}</span>
        </span>
      }
      classNames={{ title: classes.titleBox, body: classes.body }}
    >
      <div className={classes.meta}>
        <span>
          {cluster}
          {namespace && ` / ${namespace}`}
        </span>
        {object && (
          <span>
            <Age at={object.metadata.creationTimestamp} suffix=" old" />
          </span>
        )}
        <Command text={`kubectl --context ${cluster} ${namespace ? `-n ${namespace} ` : ''}get ${resource.plural} ${name} -o yaml`} />
      </div>
      {watched.error && <Failure error={watched.error} what={`${kind} ${name} could not be read.`} />}
      {!watched.synced && !watched.error && <LoadingRows />}
      {watched.synced && !object && (
        <Empty icon={FileQuestion} title={`${kind} ${name} does not exist`}>
          It was deleted, or has another name now. The ledger may say by whom.
        </Empty>
      )}
      {object && (
        <Tabs value={view} onChange={(next) => next && onView(next)} keepMounted={false}>
          <Tabs.List mb={16}>
            <Tabs.Tab value="summary">Summary</Tabs.Tab>
            <Tabs.Tab value="yaml">YAML</Tabs.Tab>
            <Tabs.Tab value="events">Events</Tabs.Tab>
            {isPod && <Tabs.Tab value="logs">Logs</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="summary">
            <Summary object={object} cluster={cluster} />
          </Tabs.Panel>
          <Tabs.Panel value="yaml">
            <Suspense fallback={<LoadingRows />}>
              <Yaml object={object} />
            </Suspense>
          </Tabs.Panel>
          <Tabs.Panel value="events">
            <ObjectEvents cluster={cluster} object={object} />
          </Tabs.Panel>
          {isPod && (
            <Tabs.Panel value="logs">
              <PodLogs cluster={cluster} pod={object} />
            </Tabs.Panel>
          )}
        </Tabs>
      )}
    </Drawer>
  );
}
