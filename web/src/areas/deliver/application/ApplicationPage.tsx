import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { GitBranch, LayoutGrid, Users } from 'lucide-react';
import type { GitRepository } from '../../../api/kinds';
import { Copying } from '../../../ui/Command';
import { Empty } from '../../../ui/Empty';
import { LoadingRows } from '../../../ui/Loading';
import { Page } from '../../../ui/Page';
import { State } from '../../../ui/State';
import { isEnded } from '../model';
import classes from './ApplicationPage.module.css';
import { EnvironmentStrip } from './EnvironmentStrip';
import { useApplication, useRepository } from './useApplication';

/** One application: where it is, what moves it, and everything it is made of. */
export function ApplicationPage() {
  const view = useApplication();
  const repository = useRepository(view) as GitRepository | undefined;
  const { application } = view;
  if (!application) {
    return view.synced ? (
      <Empty icon={LayoutGrid} title={`No application ${view.name} in ${view.namespace}`} command={`kubectl --context hub get applications -n ${view.namespace}`}>
        It may have been deleted, or the link may be old.
      </Empty>
    ) : (
      <LoadingRows />
    );
  }
  const clone = repository?.status?.url;
  return (
    <Page
      name={application.metadata.name}
      title={
        <>
          {application.metadata.name}
          <State value={application.status?.health} soft />
        </>
      }
      meta={
        <>
          <span className={classes.fact}>
            <Users size={14} aria-hidden /> {application.spec.owner ?? 'no owner'}
          </span>
          <span className={classes.fact}>
            <GitBranch size={14} aria-hidden />
            <span className="fw-truncate">{clone ?? application.spec.repository}</span>
            {clone && <Copying text={`git clone ${clone}`} label="Copy the clone command" />}
          </span>
        </>
      }
    >
      <EnvironmentStrip stops={view.stops} />
      <Tabs namespace={view.namespace} application={view.name} flying={view.rollouts.some((rollout) => !isEnded(rollout))} />
      <Outlet />
    </Page>
  );
}

const tabs = [
  { to: '/apps/$namespace/$application', part: '', label: 'Journey' },
  { to: '/apps/$namespace/$application/rollouts', part: '/rollouts', label: 'Rollouts' },
  { to: '/apps/$namespace/$application/releases', part: '/releases', label: 'Releases' },
  { to: '/apps/$namespace/$application/runs', part: '/runs', label: 'Runs' },
  { to: '/apps/$namespace/$application/tree', part: '/tree', label: 'Objects' },
] as const;

function Tabs({ namespace, application, flying }: { namespace: string; application: string; flying: boolean }) {
  const path = useLocation({ select: (location) => location.pathname.replace(/\/$/, '') });
  const base = `/apps/${encodeURIComponent(namespace)}/${encodeURIComponent(application)}`;
  return (
    <nav className={classes.tabs} aria-label="Views of the application">
      {tabs.map(({ to, part, label }) => {
        const active = part ? path.startsWith(base + part) : path === base;
        return (
          <Link key={to} to={to} params={{ namespace, application }} className={classes.tab} data-active={active || undefined} aria-current={active ? 'page' : undefined}>
            {label}
            {part === '/rollouts' && flying && <span className={classes.dot} title="One is in flight" />}
          </Link>
        );
      })}
    </nav>
  );
}
