import { SegmentedControl, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { Hammer, Search } from 'lucide-react';
import { useMemo } from 'react';
import type { GitRepository, PipelineRun } from '../../api/kinds';
import { useFairway } from '../../api/watch/useWatch';
import { Empty } from '../../ui/Empty';
import { Failure } from '../../ui/Failure';
import { LoadingRows } from '../../ui/Loading';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { RunsTable } from './RunsTable';

const route = getRouteApi('/build');

const phases = [
  { value: '', label: 'All' },
  { value: 'active', label: 'Active' },
  { value: 'Failed', label: 'Failed' },
];

/** Every pipeline run. */
export function RunsPage() {
  const runs = useFairway<PipelineRun>('pipelineruns');
  const repositories = useFairway<GitRepository>('gitrepositories');
  const { q = '', phase = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const shown = useMemo(() => runs.items.filter((run) => inPhase(run, phase) && mentions(run, q)), [runs.items, phase, q]);
  const clone = repositories.items[0]?.status?.url;
  return (
    <Page
      title="Build"
      meta={runs.synced && <span>{runs.items.length} pipeline runs</span>}
      actions={
        runs.items.length > 0 && (
          <>
            <SegmentedControl size="xs" data={phases} value={phase} aria-label="State" onChange={(value) => void navigate({ search: (previous) => ({ ...previous, phase: value || undefined }), replace: true })} />
            <TextInput
              size="xs"
              value={q}
              onChange={(event) => {
                const value = event.currentTarget.value;
                void navigate({ search: (previous) => ({ ...previous, q: value || undefined }), replace: true });
              }}
              placeholder="Repository, commit, person"
              aria-label="Filter runs"
              data-page-filter
              leftSection={<Search size={14} />}
            />
          </>
        )
      }
    >
      {runs.error && <Failure error={runs.error} what="Pipeline runs could not be read." />}
      <Panel flush label="Pipeline runs">
        {!runs.synced && !runs.error && <LoadingRows />}
        {runs.synced && runs.items.length === 0 && (
          <Empty icon={Hammer} title="No run yet" command={clone ? `git clone ${clone}` : 'fairway demo'}>
            A push to a repository that Fairway hosts runs its <code>.github/workflows</code> at that commit. Every run is kept here with its logs.
          </Empty>
        )}
        {shown.length > 0 && <RunsTable runs={shown} withRepository />}
        {runs.items.length > 0 && shown.length === 0 && <p style={{ padding: 16 }} className="fw-muted">No run matches.</p>}
      </Panel>
    </Page>
  );
}

function inPhase(run: PipelineRun, phase: string): boolean {
  const now = run.status?.phase ?? 'Queued';
  if (phase === 'active') return now === 'Running' || now === 'Queued';
  return phase === '' || now === phase || (phase === 'Failed' && now === 'Refused');
}

function mentions(run: PipelineRun, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const { repository, commitMessage, sha, actor, author, ref } = run.spec;
  return !wanted || [repository, commitMessage, sha, actor, author, ref].some((part) => part?.toLowerCase().includes(wanted));
}
