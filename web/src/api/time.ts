const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, in the short form of kubectl: `12s`, `4m`, `3h`, `6d`, `2y`. */
export function age(from: string | number | Date | undefined, now: number): string {
  if (from === undefined) return '–';
  return span(now - new Date(from).getTime());
}

/** A length of time in one or two units: `0s`, `48s`, `3m 20s`, `2h 5m`, `4d`. */
export function span(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '–';
  const ms = Math.max(0, milliseconds);
  if (ms < minute) return `${Math.floor(ms / 1000)}s`;
  if (ms < 10 * minute) return two(ms, minute, 'm', 1000, 's');
  if (ms < hour) return `${Math.floor(ms / minute)}m`;
  if (ms < 10 * hour) return two(ms, hour, 'h', minute, 'm');
  if (ms < day) return `${Math.floor(ms / hour)}h`;
  if (ms < 10 * day) return two(ms, day, 'd', hour, 'h');
  if (ms < 730 * day) return `${Math.floor(ms / day)}d`;
  return `${Math.floor(ms / (365 * day))}y`;
}

/** A duration with a tenth where that matters: `0.4s`, `12.3s`, then as `span`. */
export function duration(milliseconds: number): string {
  return milliseconds < minute && milliseconds >= 0 ? `${(milliseconds / 1000).toFixed(1)}s` : span(milliseconds);
}

export function between(start: string | undefined, end: string | undefined, now: number): number | undefined {
  if (!start) return undefined;
  return (end ? new Date(end).getTime() : now) - new Date(start).getTime();
}

/** Time left as a clock: `0:42`, `12:05`, `1:02:03`. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, '0') : String(part))).join(':');
}

const units: Record<string, number> = { ms: 1, s: 1000, m: minute, h: hour, d: day };

/** A duration as resources write it (`1h30m`, `250ms`) in milliseconds; undefined when it is none. */
export function parseDuration(text: string | undefined): number | undefined {
  if (!text || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) total += Number(amount) * (units[unit ?? ''] ?? 0);
  return total;
}

const stamp = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** Date and time in the reader's own form. */
export function exact(at: string | number | Date | undefined): string {
  return at === undefined ? 'unknown' : stamp.format(new Date(at));
}

export function clockTime(at: string | number | Date): string {
  return clock.format(new Date(at));
}

function two(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)}${bigName}${rest ? ` ${rest}${smallName}` : ''}`;
}
