import { Select } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { GitCommitHorizontal } from 'lucide-react';
import type { PipelineRun, Release } from '../../../api/kinds';
import { useFairway } from '../../../api/watch/useWatch';
import { Age, Elapsed } from '../../../ui/Age';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { State } from '../../../ui/State';
import { Version } from '../../../ui/Version';
import { firstLine } from '../model';
import { JourneyLeg } from './JourneyLeg';
import classes from './JourneyTab.module.css';
import { JourneyStep } from './JourneyStep';
import { legOf, runOf } from './journey';
import { useApplication, type ApplicationView } from './useApplication';

const route = getRouteApi('/apps/$namespace/$application/');

/** One commit from push to every environment, each gate with its evidence. */
export function JourneyTab() {
  const view = useApplication();
  const { release: wanted } = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useFairway<PipelineRun>('pipelineruns', view.namespace);
  const release = view.releases.find((candidate) => candidate.metadata.name === wanted) ?? defaultRelease(view);
  if (!release) return <NoRelease view={view} runs={runs.items} />;
  return (
    <Panel
      title="From commit to every environment"
      aside={
        <Select
          aria-label="Release"
          size="xs"
          w={280}
          allowDeselect={false}
          value={release.metadata.name}
          onChange={(value) => void navigate({ search: { release: value ?? undefined }, replace: true })}
          data={view.releases.slice(0, 50).map((candidate) => ({ value: candidate.metadata.name, label: `${candidate.spec.version}  ${firstLine(candidate.spec.commit.message)}` }))}
        />
      }
    >
      <ol className={classes.journey}>
        <Pushed release={release} />
        <Built release={release} run={runOf(release, runs.items)} />
        <Recorded release={release} />
        {view.stops.map((stop, index) => (
          <JourneyLeg key={stop.spec.name} leg={legOf(release, stop, view.promotions)} release={release} before={view.stops[index - 1]} />
        ))}
      </ol>
    </Panel>
  );
}

/** The release in motion, else the newest. */
function defaultRelease(view: ApplicationView): Release | undefined {
  return view.stops.findLast((stop) => stop.incoming)?.incoming ?? view.releases[0];
}

function Pushed({ release }: { release: Release }) {
  const { commit } = release.spec;
  return (
    <JourneyStep
      tone="ok"
      title={
        <>
          Pushed <Version value={commit.sha.slice(0, 7)} />
          {commit.branch && <span className="fw-muted">to {commit.branch}</span>}
        </>
      }
      at={commit.time}
    >
      <b className={classes.message}>{firstLine(commit.message)}</b>
      <span className="fw-muted">{commit.author}</span>
    </JourneyStep>
  );
}

function Built({ release, run }: { release: Release; run: PipelineRun | undefined }) {
  if (!run) return <JourneyStep tone="idle" title="Built">{release.spec.run ? `by ${release.spec.run}, whose run is no longer kept` : 'No run is recorded for it'}</JourneyStep>;
  const steps = run.status?.jobs?.flatMap((job) => job.steps ?? []) ?? [];
  return (
    <JourneyStep
      tone={run.status?.phase === 'Succeeded' ? 'ok' : run.status?.phase === 'Running' ? 'motion' : 'bad'}
      title={
        <>
          Built and tested by{' '}
          <Link to="/build/$namespace/$run" params={{ namespace: run.metadata.namespace ?? '', run: run.metadata.name }} className="fw-link">
            run #{run.spec.number}
          </Link>
        </>
      }
      at={run.status?.finishedAt}
    >
      <span className="fw-muted">
        {run.status?.jobs?.length ?? 0} jobs, {steps.length} steps in <Elapsed from={run.status?.startedAt} to={run.status?.finishedAt} />
      </span>
    </JourneyStep>
  );
}

function Recorded({ release }: { release: Release }) {
  return (
    <JourneyStep
      tone="ok"
      title={
        <>
          Release <Version value={release.metadata.name} />
        </>
      }
      at={release.metadata.creationTimestamp}
    >
      {release.spec.images?.map((image) => (
        <span key={image.name} className={`fw-mono fw-muted ${classes.digest}`} title={`${image.name}@${image.digest}`}>
          {image.name}@{image.digest.slice(0, 19)}…
        </span>
      ))}
    </JourneyStep>
  );
}

function NoRelease({ view, runs }: { view: ApplicationView; runs: readonly PipelineRun[] }) {
  const mine = runs.filter((run) => run.spec.repository === view.application?.spec.repository).sort((a, b) => (b.spec.number ?? 0) - (a.spec.number ?? 0))[0];
  return (
    <Panel>
      <Empty icon={GitCommitHorizontal} title="No release yet" command="git push origin main">
        {mine ? (
          <>
            Run #{mine.spec.number} is <State value={mine.status?.phase ?? 'Queued'} />, <Age at={mine.metadata.creationTimestamp} /> old.
          </>
        ) : (
          'Push a commit: its run makes a release, and its way through the environments shows here.'
        )}
      </Empty>
    </Panel>
  );
}
