import { getRouteApi } from '@tanstack/react-router';
import { Waves } from 'lucide-react';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { useApplication } from '../application/useApplication';
import { Cockpit } from './Cockpit';

const route = getRouteApi('/apps/$namespace/$application/rollouts/$rollout');

export function CockpitTab() {
  const { rollout: name } = route.useParams();
  const { rollouts, namespace } = useApplication();
  const rollout = rollouts.find((candidate) => candidate.metadata.name === name);
  if (!rollout)
    return (
      <Panel>
        <Empty icon={Waves} title={`No rollout ${name}`} command={`fairway rollouts list -n ${namespace}`}>
          It may have been deleted, or the link may be old.
        </Empty>
      </Panel>
    );
  return <Cockpit rollout={rollout} />;
}
