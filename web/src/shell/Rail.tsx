import { Link, useLocation } from '@tanstack/react-router';
import { Logo } from './Logo';
import { areaOf, areas } from './navigation';
import classes from './Rail.module.css';

/** The areas; at the bottom of the screen on a phone. */
export function Rail() {
  const current = areaOf(useLocation({ select: (location) => location.pathname }));
  return (
    <nav className={classes.rail} aria-label="Areas">
      <Link to="/" className={classes.brand} aria-label="Fairway, delivery board">
        <Logo />
        <span className={classes.name}>Fairway</span>
      </Link>
      <ul className={classes.list}>
        {areas.map(({ to, label, icon: Icon, key }) => (
          <li key={to}>
            <Link to={to} className={classes.item} data-active={to === current.to || undefined} aria-current={to === current.to ? 'page' : undefined} title={`${label} (g ${key})`}>
              <Icon size={16} strokeWidth={1.9} aria-hidden />
              <span className={classes.label}>{label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
