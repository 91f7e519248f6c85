import { CircleCheck, CircleDashed, CircleX, Clock3, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { Tone } from './status';

const icons: Record<Tone, LucideIcon> = { ok: CircleCheck, motion: LoaderCircle, wait: Clock3, bad: CircleX, idle: CircleDashed };

export const toneColor: Record<Tone, string> = {
  ok: 'var(--fw-ok)',
  motion: 'var(--fw-accent-text)',
  wait: 'var(--fw-wait)',
  bad: 'var(--fw-bad)',
  idle: 'var(--fw-idle)',
};

/** The shape of a state; always beside its word or with one for screen readers. */
export function StateIcon({ tone, size = 14 }: { tone: Tone; size?: number }) {
  const Icon = icons[tone];
  return <Icon size={size} strokeWidth={2} color={toneColor[tone]} className={tone === 'motion' ? 'fw-spin' : undefined} aria-hidden style={{ flex: 'none' }} />;
}
