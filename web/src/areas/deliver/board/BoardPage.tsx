import { TextInput } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { LayoutGrid, Search } from 'lucide-react';
import { useMemo } from 'react';
import { namespaceOf, type Application, type PipelineRun } from '../../../api/kinds';
import { useFairway } from '../../../api/watch/useWatch';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Page } from '../../../ui/Page';
import { State } from '../../../ui/State';
import { isEnded, stopOf, type Delivery } from '../model';
import { useDelivery } from '../useDelivery';
import { BoardCell } from './BoardCell';
import classes from './BoardPage.module.css';
import { Needs } from './Needs';
import { needsOf } from './needs';

const route = getRouteApi('/');

/** Applications by environments: what is running where, what is changing, what needs you. */
export function BoardPage() {
  const { applications, delivery, synced } = useDelivery();
  const runs = useFairway<PipelineRun>('pipelineruns');
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const needs = useMemo(() => needsOf(applications.items, delivery, runs.items), [applications.items, delivery, runs.items]);
  const shown = useMemo(() => filter(applications.items, q), [applications.items, q]);
  const environments = useMemo(() => environmentsOf(shown), [shown]);
  const moving = delivery.rollouts.filter((rollout) => !isEnded(rollout)).length;
  const building = runs.items.filter((run) => run.status?.phase === 'Running').length;

  return (
    <Page
      title="Delivery"
      meta={
        synced && (
          <>
            <span>{plural(applications.items.length, 'application')}</span>
            <span>{moving ? `${plural(moving, 'rollout')} in flight` : 'Nothing is moving'}</span>
            {building > 0 && <span>{plural(building, 'run')} building</span>}
          </>
        )
      }
      actions={
        applications.items.length > 5 && (
          <TextInput
            value={q}
            onChange={(event) => void navigate({ search: (previous) => ({ ...previous, q: event.currentTarget.value || undefined }), replace: true })}
            placeholder="Filter applications"
            aria-label="Filter applications"
            data-page-filter
            leftSection={<Search size={14} />}
            size="xs"
          />
        )
      }
    >
      {applications.error && <Failure error={applications.error} what="Applications could not be read." />}
      <Needs needs={needs} />
      {!synced && !applications.error && <LoadingRows rows={3} height={88} />}
      {synced && applications.items.length === 0 && (
        <Empty icon={LayoutGrid} title="No application yet" command="fairway demo">
          Each application will have a row here, with a column for each environment. The demo makes a real one; or apply an Application of your own with kubectl.
        </Empty>
      )}
      {synced && shown.length > 0 && <Board applications={shown} environments={environments} delivery={delivery} />}
      {synced && applications.items.length > 0 && shown.length === 0 && <p className="fw-muted">No application matches “{q}”.</p>}
    </Page>
  );
}

function Board({ applications, environments, delivery }: { applications: readonly Application[]; environments: readonly string[]; delivery: Delivery }) {
  return (
    <div className={classes.frame}>
      <table className={classes.board} role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader" className={classes.corner}>
              Application
            </th>
            {environments.map((environment) => (
              <th key={environment} scope="col" role="columnheader">
                {environment}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {applications.map((application) => (
            <tr key={application.metadata.uid} role="row">
              <th scope="row" role="rowheader" className={classes.name}>
                <Link to="/apps/$namespace/$application" params={{ namespace: namespaceOf(application), application: application.metadata.name }} className={classes.link}>
                  {application.metadata.name}
                </Link>
                <span className={classes.owner}>{application.spec.owner ?? namespaceOf(application)}</span>
                <State value={application.status?.health} />
              </th>
              {environments.map((environment) => {
                const spec = application.spec.environments.find((candidate) => candidate.name === environment);
                return (
                  <td key={environment} role="cell" data-environment={environment} data-none={spec ? undefined : true}>
                    {spec ? <BoardCell stop={stopOf(application, spec, delivery)} /> : <span className={classes.none}>Not part of its way</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function filter(applications: readonly Application[], text: string): readonly Application[] {
  const wanted = text.trim().toLowerCase();
  return applications
    .filter((app) => !wanted || [app.metadata.name, namespaceOf(app), app.spec.owner, app.spec.repository].some((part) => part?.toLowerCase().includes(wanted)))
    .sort((a, b) => namespaceOf(a).localeCompare(namespaceOf(b)) || a.metadata.name.localeCompare(b.metadata.name));
}

/** Every environment, each after all that any application passes before it. */
function environmentsOf(applications: readonly Application[]): readonly string[] {
  const order: string[] = [];
  for (const application of applications) {
    let at = 0;
    for (const { name } of application.spec.environments) {
      const known = order.indexOf(name);
      if (known >= 0) at = known + 1;
      else order.splice(at++, 0, name);
    }
  }
  return order;
}

function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
