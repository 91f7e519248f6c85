import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { Page } from '../../ui/Page';
import classes from './PolicyPage.module.css';

const tabs = [
  { to: '/policy', label: 'Packs' },
  { to: '/policy/violations', label: 'Violations' },
  { to: '/policy/waivers', label: 'Waivers' },
  { to: '/policy/playground', label: 'Playground' },
] as const;

/** What is asked of everything that is stored, and how it is kept. */
export function PolicyPage() {
  const path = useLocation({ select: (location) => location.pathname.replace(/\/$/, '') });
  return (
    <Page title="Policy" meta={<span>The same rules on your machine, in pipelines, at admission and over everything that is stored.</span>}>
      <nav className={classes.tabs} aria-label="Views of policy">
        {tabs.map(({ to, label }) => (
          <Link key={to} to={to} className={classes.tab} data-active={path === to || undefined} aria-current={path === to ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  );
}
