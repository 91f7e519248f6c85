import classes from './Version.module.css';

/** A version as people know it. */
export function Version({ value, large = false }: { value: string | undefined; large?: boolean }) {
  return <span className={classes.version} data-large={large || undefined}>{value ?? '—'}</span>;
}
