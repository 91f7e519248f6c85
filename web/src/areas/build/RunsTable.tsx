import { Link } from '@tanstack/react-router';
import { namespaceOf, type PipelineRun } from '../../api/kinds';
import { Age, Elapsed } from '../../ui/Age';
import { State } from '../../ui/State';
import { StateIcon } from '../../ui/StateIcon';
import { toneOf, wordOf } from '../../ui/status';
import tables from '../../ui/Table.module.css';
import { Version } from '../../ui/Version';
import classes from './RunsTable.module.css';

/** Runs, newest first. */
export function RunsTable({ runs, withRepository = false }: { runs: readonly PipelineRun[]; withRepository?: boolean }) {
  const sorted = [...runs].sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
  return (
    <div className={tables.scroll}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Commit</th>
            <th scope="col">State</th>
            <th scope="col" className={tables.wide}>
              Jobs
            </th>
            <th scope="col" className={tables.wide}>
              Took
            </th>
            <th scope="col" className={tables.wide}>
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, 300).map((run) => (
            <tr key={run.metadata.uid}>
              <td className={classes.run}>
                <Link to="/build/$namespace/$run" params={{ namespace: namespaceOf(run), run: run.metadata.name }} className="fw-link">
                  {withRepository ? `${run.spec.repository} ` : ''}#{run.spec.number}
                </Link>
                <div className="fw-muted fw-small">{run.status?.name ?? run.spec.workflow.split('/').pop()}</div>
              </td>
              <td className={classes.commit}>
                <div className="fw-truncate">{run.spec.commitMessage?.split('\n')[0] ?? run.spec.event}</div>
                <div className="fw-muted fw-small fw-truncate">
                  <Version value={run.spec.version ?? run.spec.sha.slice(0, 7)} /> on {run.spec.ref.replace(/^refs\/(heads|tags)\//, '')} by {run.spec.actor ?? run.spec.author ?? 'unknown'}
                </div>
              </td>
              <td>
                <State value={run.status?.phase ?? 'Queued'} tone={run.status?.phase === 'Running' ? 'motion' : toneOf(run.status?.phase)} />
              </td>
              <td className={tables.wide}>
                <span className={classes.jobs}>
                  {run.status?.jobs?.map((job) => (
                    <span key={job.id} title={`${job.name ?? job.id}: ${wordOf(job.phase)}`}>
                      <StateIcon tone={toneOf(job.phase)} />
                      <span className={tables.hidden}>
                        {job.name ?? job.id}: {wordOf(job.phase)}
                      </span>
                    </span>
                  ))}
                </span>
              </td>
              <td className={tables.wide}>
                <Elapsed from={run.status?.startedAt} to={run.status?.finishedAt} />
              </td>
              <td className={tables.wide}>
                <Age at={run.status?.startedAt ?? run.metadata.creationTimestamp} suffix=" ago" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
