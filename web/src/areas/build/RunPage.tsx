import { Button } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Ban, Hammer } from 'lucide-react';
import { patchJson, query } from '../../api/http';
import { namespaceOf, type PipelineRun } from '../../api/kinds';
import { clusterPath, fairwayKind, resourcePath } from '../../api/paths';
import { useFairway } from '../../api/watch/useWatch';
import { Age, Elapsed } from '../../ui/Age';
import { useConfirm, type Act } from '../../ui/confirm';
import { Empty } from '../../ui/Empty';
import { LoadingRows } from '../../ui/Loading';
import { LogView } from '../../ui/log/LogView';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { State } from '../../ui/State';
import { StateIcon } from '../../ui/StateIcon';
import { toneOf } from '../../ui/status';
import { Version } from '../../ui/Version';
import { JobGraph } from './JobGraph';
import { defaultSelection } from './jobs';
import { Notices } from './Notices';
import classes from './RunPage.module.css';
import { Steps } from './Steps';

const route = getRouteApi('/build/$namespace/$run');

/** One run: its jobs as a graph, the steps of a job with their times, and the log of a step. */
export function RunPage() {
  const { namespace, run: name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const confirm = useConfirm();
  const runs = useFairway<PipelineRun>('pipelineruns', namespace);
  const run = runs.byKey.get(`${namespace}/${name}`);
  if (!run)
    return runs.synced ? (
      <Empty icon={Hammer} title={`No run ${name}`} command={`fairway runs list -n ${namespace}`}>
        It may have been deleted, or the link may be old.
      </Empty>
    ) : (
      <LoadingRows />
    );

  const first = defaultSelection(run);
  const jobs = run.status?.jobs ?? [];
  const job = jobs.find((candidate) => candidate.id === (search.job ?? first.job));
  const stepNumber = search.step ? Number(search.step) : search.job ? defaultStep(job) : first.step;
  const step = job?.steps?.find((candidate) => candidate.number === stepNumber);
  const active = run.status?.phase === 'Running' || run.status?.phase === 'Queued' || !run.status?.phase;
  const logs = (follow: boolean) => `/fairway/v1/runs/${namespace}/${name}/logs${query({ job: job?.id, step: step?.number, follow: follow || undefined })}`;
  const hasLog = step !== undefined && step.phase !== 'Waiting' && step.phase !== 'Skipped';
  const select = (jobId: string, number?: number) => void navigate({ search: { job: jobId, step: number === undefined ? undefined : String(number) }, hash: '', resetScroll: false });

  return (
    <Page
      wide
      name={`${run.spec.repository} #${run.spec.number}`}
      title={
        <>
          {run.spec.repository} #{run.spec.number}
          <State value={run.status?.phase ?? 'Queued'} soft />
        </>
      }
      meta={
        <>
          <span>{run.spec.commitMessage?.split('\n')[0]}</span>
          <span>
            <Version value={run.spec.version ?? run.spec.sha.slice(0, 7)} /> on {run.spec.ref.replace(/^refs\/(heads|tags)\//, '')} by {run.spec.author ?? run.spec.actor}
          </span>
          <span>
            <Age at={run.status?.startedAt ?? run.metadata.creationTimestamp} suffix=" ago" />, took <Elapsed from={run.status?.startedAt} to={run.status?.finishedAt} />
          </span>
          {run.status?.releases?.map((release) => (
            <Link key={release} to="/apps/$namespace/$application" params={{ namespace, application: applicationOf(release, run) }} search={{ release }} className="fw-link">
              Release {release}
            </Link>
          ))}
        </>
      }
      actions={
        active && (
          <Button variant="default" leftSection={<Ban size={14} />} onClick={() => confirm(cancelAct(run))}>
            Cancel run
          </Button>
        )
      }
    >
      {run.status?.message && (
        <div className={classes.message} data-tone={toneOf(run.status.phase)}>
          <StateIcon tone={toneOf(run.status.phase)} /> <span>{run.status.message}</span>
        </div>
      )}
      <Notices notices={run.status?.notices ?? []} annotations={run.status?.annotations ?? []} onOpen={select} />
      <Panel label="Jobs">
        {jobs.length ? <JobGraph jobs={jobs} selected={job?.id} onSelect={(id) => select(id)} /> : <p className="fw-muted">{run.status?.phase === 'Refused' ? 'The workflow cannot run as it is written.' : 'Waiting for a runner.'}</p>}
      </Panel>
      {job && (
        <div className={classes.detail}>
          <Panel title={job.name ?? job.id} aside={<Elapsed from={job.startedAt} to={job.finishedAt} />} flush>
            <Steps job={job} selected={step?.number} onSelect={(number) => select(job.id, number)} />
          </Panel>
          <Panel flush label="Log">
            <LogView
              key={`${job.id}/${step?.number}`}
              url={hasLog ? logs(true) : null}
              downloadUrl={hasLog ? logs(false) : undefined}
              title={step ? step.name : (job.name ?? job.id)}
              empty={step?.phase === 'Skipped' ? 'This step was skipped.' : step?.phase === 'Waiting' ? 'This step has not begun.' : 'Nothing was written.'}
              height="max(360px, calc(100dvh - 420px))"
            />
          </Panel>
        </div>
      )}
    </Page>
  );
}

function defaultStep(job: NonNullable<NonNullable<PipelineRun['status']>['jobs']>[number] | undefined): number | undefined {
  const steps = job?.steps ?? [];
  return (steps.find((step) => step.phase === 'Failed') ?? steps.find((step) => step.phase === 'Running') ?? steps.findLast((step) => step.phase === 'Succeeded') ?? steps[0])?.number;
}

/** Releases are named after their application and version. */
function applicationOf(release: string, run: PipelineRun): string {
  const version = run.spec.version;
  return version && release.endsWith(`-${version}`) ? release.slice(0, -version.length - 1) : run.spec.repository;
}

function cancelAct(run: PipelineRun): Act {
  const jobs = run.status?.jobs ?? [];
  const running = jobs.filter((job) => job.phase === 'Running').length;
  const waiting = jobs.filter((job) => job.phase === 'Waiting').length;
  return {
    title: `Cancel run #${run.spec.number}`,
    consequences: [`${running} running ${running === 1 ? 'job is' : 'jobs are'} ended and ${waiting} waiting ${waiting === 1 ? 'job is' : 'jobs are'} skipped.`, 'No release comes from it. Push again to run anew.'],
    verb: 'Cancel run',
    destructive: true,
    command: `fairway runs cancel ${run.metadata.name} -n ${namespaceOf(run)}`,
    done: `Run #${run.spec.number} is being cancelled`,
    run: () => patchJson(clusterPath('hub', resourcePath(fairwayKind('pipelineruns'), namespaceOf(run), run.metadata.name)), { spec: { cancel: true } }),
  };
}
