import { Link } from '@tanstack/react-router';
import classes from './Observe.module.css';

const tabs = [
  { to: '/observe', label: 'Explore' },
  { to: '/observe/services', label: 'Services' },
  { to: '/observe/map', label: 'Map' },
  { to: '/observe/compare', label: 'Compare' },
  { to: '/observe/slos', label: 'SLOs' },
  { to: '/observe/alerts', label: 'Alerts' },
] as const;

/** The pages of Observe. */
export function Tabs() {
  return (
    <nav className={classes.tabs} aria-label="Observe">
      {tabs.map(({ to, label }) => (
        <Link key={to} to={to} className={classes.tab} activeProps={{ 'data-active': true, 'aria-current': 'page' }} activeOptions={{ exact: to === '/observe' }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
