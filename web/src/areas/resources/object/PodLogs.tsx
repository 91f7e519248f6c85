import { SegmentedControl, Switch } from '@mantine/core';
import { useState } from 'react';
import { query } from '../../../api/http';
import type { KubeObject } from '../../../api/kinds';
import { clusterPath } from '../../../api/paths';
import { LogView } from '../../../ui/log/LogView';
import { containersOf } from './summarize';

/** What a pod's containers say, as they say it. */
export function PodLogs({ cluster, pod }: { cluster: string; pod: KubeObject }) {
  const containers = containersOf(pod);
  const [container, setContainer] = useState(containers[0]?.name ?? '');
  const [previous, setPrevious] = useState(false);
  const restarted = (containers.find((one) => one.name === container)?.restarts ?? 0) > 0;
  const base = clusterPath(cluster, `api/v1/namespaces/${encodeURIComponent(pod.metadata.namespace ?? '')}/pods/${encodeURIComponent(pod.metadata.name)}/log`);
  return (
    <>
      {(containers.length > 1 || restarted) && (
        <div style={{ display: 'flex', gap: 16, marginBottom: 12, alignItems: 'center' }}>
          {containers.length > 1 && <SegmentedControl size="xs" aria-label="Container" data={containers.map((one) => one.name)} value={container} onChange={setContainer} />}
          {restarted && <Switch size="xs" label="Of the start before" checked={previous} onChange={(event) => setPrevious(event.currentTarget.checked)} />}
        </div>
      )}
      <div style={{ border: '1px solid var(--fw-line)', borderRadius: 8, overflow: 'hidden' }}>
        <LogView
          url={base + query({ container, follow: previous ? undefined : true, previous: previous || undefined, tailLines: 2000 })}
          downloadUrl={base + query({ container, previous: previous || undefined })}
          title={pod.metadata.name}
          empty="Nothing was written yet."
          height="calc(100dvh - 300px)"
        />
      </div>
    </>
  );
}
