import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import { useMantineColorScheme } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { GitCommitHorizontal, Hammer, Layers, LayoutGrid, Package, Search, SunMoon, Waves } from 'lucide-react';
import { useMemo } from 'react';
import type { Application, PipelineRun, Promotion, Release, Rollout } from '../api/kinds';
import { namespaceOf } from '../api/kinds';
import { useFairway } from '../api/watch/useWatch';
import { approveAct, abortRolloutAct, promoteRolloutAct } from '../areas/deliver/acts';
import { newestFirst } from '../areas/deliver/model';
import { useConfirm } from '../ui/confirm';
import { areas } from './navigation';
import { paletteStore } from './palette-store';

const clusters = ['hub', 'dev', 'stage', 'prod'];
const workloads = [
  { path: 'core/v1/pods', label: 'Pods' },
  { path: 'apps/v1/deployments', label: 'Deployments' },
  { path: 'core/v1/services', label: 'Services' },
];

/** Ctrl/⌘ K: pages, applications, releases, runs, resources and what can be done now. */
export function Palette() {
  const navigate = useNavigate();
  const confirm = useConfirm();
  const { setColorScheme } = useMantineColorScheme();
  const applications = useFairway<Application>('applications');
  const promotions = useFairway<Promotion>('promotions');
  const rollouts = useFairway<Rollout>('rollouts');
  const releases = useFairway<Release>('releases');
  const runs = useFairway<PipelineRun>('pipelineruns');

  const actions = useMemo<SpotlightActionGroupData[]>(() => {
    const go = (to: string) => () => void navigate({ to });
    const now: SpotlightActionData[] = [];
    for (const promotion of promotions.items)
      if (promotion.status?.phase === 'AwaitingApproval')
        now.push({
          id: `approve-${promotion.metadata.uid}`,
          label: `Approve ${promotion.spec.application} for ${promotion.spec.environment}`,
          description: promotion.spec.release,
          leftSection: <Layers size={16} />,
          onClick: () => confirm(approveAct(promotion)),
        });
    for (const rollout of rollouts.items) {
      if (rollout.status?.finishedAt) continue;
      const { application, environment } = rollout.spec;
      now.push(
        { id: `promote-${rollout.metadata.uid}`, label: `Promote ${application} in ${environment} to 100 %`, leftSection: <Waves size={16} />, onClick: () => confirm(promoteRolloutAct(rollout)) },
        { id: `abort-${rollout.metadata.uid}`, label: `Abort ${application} in ${environment}`, leftSection: <Waves size={16} />, onClick: () => confirm(abortRolloutAct(rollout)) },
      );
    }
    return [
      { group: 'Waiting on you and in flight', actions: now },
      {
        group: 'Pages',
        actions: areas.map(({ to, label, hint, icon: Icon }) => ({ id: to, label, description: hint, leftSection: <Icon size={16} />, onClick: go(to) })),
      },
      {
        group: 'Applications',
        actions: applications.items.map((app) => ({
          id: `app-${app.metadata.uid}`,
          label: app.metadata.name,
          description: `${namespaceOf(app)} · ${app.spec.environments.length} environments`,
          leftSection: <LayoutGrid size={16} />,
          onClick: go(`/apps/${namespaceOf(app)}/${app.metadata.name}`),
        })),
      },
      {
        group: 'Releases',
        actions: newestFirst(releases.items).slice(0, 200).map((release) => ({
          id: `release-${release.metadata.uid}`,
          label: `${release.spec.application} ${release.spec.version}`,
          description: release.spec.commit.message?.split('\n')[0],
          keywords: [release.spec.commit.sha, release.spec.commit.author ?? ''],
          leftSection: <GitCommitHorizontal size={16} />,
          onClick: go(`/apps/${namespaceOf(release)}/${release.spec.application}?release=${release.metadata.name}`),
        })),
      },
      {
        group: 'Pipeline runs',
        actions: [...runs.items].sort((a, b) => (b.spec.number ?? 0) - (a.spec.number ?? 0)).slice(0, 100).map((run) => ({
          id: `run-${run.metadata.uid}`,
          label: `${run.spec.repository} #${run.spec.number}`,
          description: `${run.status?.phase ?? 'Queued'} · ${run.spec.commitMessage?.split('\n')[0] ?? run.spec.version ?? ''}`,
          leftSection: <Hammer size={16} />,
          onClick: go(`/build/${namespaceOf(run)}/${run.metadata.name}`),
        })),
      },
      {
        group: 'Resources',
        actions: clusters.flatMap((cluster) =>
          (cluster === 'hub' ? [{ path: 'fairway.dev/v1/promotions', label: 'Promotions' }, { path: 'fairway.dev/v1/rollouts', label: 'Rollouts' }] : workloads).map(({ path, label }) => ({
            id: `${cluster}/${path}`,
            label: `${label} in ${cluster}`,
            leftSection: <Package size={16} />,
            onClick: go(`/resources/${cluster}/${path}`),
          })),
        ),
      },
      {
        group: 'Theme',
        actions: (['light', 'dark', 'auto'] as const).map((scheme) => ({
          id: `theme-${scheme}`,
          label: scheme === 'auto' ? 'Theme like the system' : `${scheme === 'light' ? 'Light' : 'Dark'} theme`,
          leftSection: <SunMoon size={16} />,
          onClick: () => setColorScheme(scheme),
        })),
      },
    ].filter((group) => group.actions.length > 0);
  }, [applications.items, confirm, navigate, promotions.items, releases.items, rollouts.items, runs.items, setColorScheme]);

  return (
    <Spotlight
      store={paletteStore}
      actions={actions}
      shortcut={['mod + K']}
      limit={24}
      scrollable
      maxHeight={480}
      highlightQuery
      nothingFound="Nothing matches. Try an application, a commit, or a page."
      searchProps={{ leftSection: <Search size={16} />, placeholder: 'Applications, commits, runs, resources, actions', 'aria-label': 'Search or act' }}
    />
  );
}

