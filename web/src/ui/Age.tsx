import { Tooltip } from '@mantine/core';
import { age, countdown, duration, exact } from '../api/time';
import { useTicking } from './now';

/** How long ago; the exact time on hover and for assistive technology. */
export function Age({ at, suffix = '' }: { at: string | undefined; suffix?: string }) {
  const text = useTicking((now) => age(at, now));
  if (!at) return <span className="fw-muted">–</span>;
  return (
    <Tooltip label={exact(at)}>
      <time dateTime={at}>
        {text}
        {suffix}
      </time>
    </Tooltip>
  );
}

/** Time between two moments; runs while there is no end. */
export function Elapsed({ from, to }: { from: string | undefined; to?: string | undefined }) {
  const text = useTicking((now) => (from ? duration((to ? Date.parse(to) : now) - Date.parse(from)) : '–'));
  return <span>{text}</span>;
}

/** Time left until a moment, as a running clock. */
export function Countdown({ to }: { to: string | number }) {
  const end = new Date(to).getTime();
  const text = useTicking((now) => countdown(end - now));
  return <time dateTime={new Date(end).toISOString()}>{text}</time>;
}
