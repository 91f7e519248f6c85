import { Link, useLocation } from '@tanstack/react-router';
import { Fragment } from 'react';
import classes from './Crumbs.module.css';
import { areaOf } from './navigation';

interface Crumb {
  readonly label: string;
  readonly to?: string;
}

/** The path to this page; every part of it leads somewhere. */
export function Crumbs() {
  const path = useLocation({ select: (location) => location.pathname });
  const crumbs = crumbsOf(path);
  return (
    <nav aria-label="Path" className={classes.crumbs}>
      {crumbs.map(({ label, to }, index) => (
        <Fragment key={index}>
          {index > 0 && (
            <span className={classes.divider} aria-hidden>
              /
            </span>
          )}
          {to && index < crumbs.length - 1 ? (
            <Link to={to} className={classes.link}>
              {label}
            </Link>
          ) : (
            <span className={classes.here} aria-current="page">
              {label}
            </span>
          )}
        </Fragment>
      ))}
    </nav>
  );
}

const tabNames: Record<string, string> = { rollouts: 'Rollouts', releases: 'Releases', runs: 'Runs', tree: 'Objects' };

const observeNames: Record<string, string> = { services: 'Services', map: 'Map', slos: 'SLOs', alerts: 'Alerts', traces: 'Traces' };
const policyNames: Record<string, string> = { violations: 'Violations', waivers: 'Waivers', playground: 'Playground' };

function crumbsOf(path: string): readonly Crumb[] {
  const area = areaOf(path);
  const crumbs: Crumb[] = [{ label: area.label, to: area.to }];
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (parts[0] === 'apps' && parts[2]) {
    const base = `/apps/${parts[1]}/${parts[2]}`;
    crumbs.push({ label: parts[2], to: base });
    if (parts[3]) crumbs.push({ label: tabNames[parts[3]] ?? parts[3], to: `${base}/${parts[3]}` });
    if (parts[4]) crumbs.push({ label: parts[4] });
  } else if (parts[0] === 'policy' && parts[1]) {
    crumbs.push({ label: policyNames[parts[1]] ?? parts[1] });
  } else if (parts[0] === 'build' && parts[2]) {
    crumbs.push({ label: parts[2] });
  } else if (parts[0] === 'resources' && parts[1]) {
    crumbs.push({ label: parts[1], to: `/resources/${parts[1]}` });
    if (parts[4]) crumbs.push({ label: parts[4] });
  } else if (parts[0] === 'observe' && parts[1]) {
    crumbs.push({ label: observeNames[parts[1]] ?? parts[1], to: parts[1] === 'traces' ? '/observe' : `/observe/${parts[1]}` });
    if (parts[1] === 'traces' && parts[2]) crumbs.push({ label: parts[2].slice(0, 8) });
    if (parts[1] === 'services' && parts[4]) crumbs.push({ label: parts[4] });
  }
  return crumbs;
}
