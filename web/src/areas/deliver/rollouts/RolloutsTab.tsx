import { Link } from '@tanstack/react-router';
import { Waves } from 'lucide-react';
import { Age, Elapsed } from '../../../ui/Age';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { State } from '../../../ui/State';
import tables from '../../../ui/Table.module.css';
import { useApplication } from '../application/useApplication';
import { isEnded } from '../model';
import { Cockpit } from './Cockpit';

/** The rollout in flight, and those before it. */
export function RolloutsTab() {
  const { rollouts, namespace, name } = useApplication();
  const flying = rollouts.filter((rollout) => !isEnded(rollout));
  if (rollouts.length === 0)
    return (
      <Panel>
        <Empty icon={Waves} title="No rollout yet" command={`fairway rollouts list -n ${namespace}`}>
          When a release enters an environment with a canary strategy, its traffic shift is steered from here.
        </Empty>
      </Panel>
    );
  return (
    <>
      {flying.map((rollout) => (
        <Cockpit key={rollout.metadata.uid} rollout={rollout} />
      ))}
      <Panel title="All rollouts" flush>
        <div className={tables.scroll}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th scope="col">Rollout</th>
                <th scope="col">Environment</th>
                <th scope="col">Release</th>
                <th scope="col">Outcome</th>
                <th scope="col" className={tables.wide}>
                  Took
                </th>
                <th scope="col" className={tables.wide}>
                  Started
                </th>
              </tr>
            </thead>
            <tbody>
              {rollouts.map((rollout) => (
                <tr key={rollout.metadata.uid}>
                  <td>
                    <Link to="/apps/$namespace/$application/rollouts/$rollout" params={{ namespace, application: name, rollout: rollout.metadata.name }} className="fw-link">
                      {rollout.metadata.name}
                    </Link>
                  </td>
                  <td>{rollout.spec.environment}</td>
                  <td className="fw-mono">{rollout.spec.release}</td>
                  <td>
                    <State value={rollout.status?.phase ?? 'Pending'} />
                  </td>
                  <td className={tables.wide}>
                    <Elapsed from={rollout.status?.startedAt} to={rollout.status?.finishedAt} />
                  </td>
                  <td className={tables.wide}>
                    <Age at={rollout.metadata.creationTimestamp} suffix=" ago" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
    </>
  );
}
