import type { Span } from '../../api/telemetry';
import { useNow } from '../../ui/now';

export const presets: readonly { readonly value: string; readonly seconds: number; readonly label: string }[] = [
  { value: '15m', seconds: 900, label: '15 min' },
  { value: '1h', seconds: 3600, label: '1 h' },
  { value: '6h', seconds: 21_600, label: '6 h' },
  { value: '24h', seconds: 86_400, label: '24 h' },
  { value: '7d', seconds: 604_800, label: '7 d' },
];

/** A time range as an address carries it: the last so long, or from one second to another. */
export interface RangeSearch {
  readonly range?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The range of an address. One that ends now moves on with the clock, a hundredth of its length at a time and at least ten seconds. */
export function spanOf(search: RangeSearch, now: number): Span {
  const from = Number(search.from);
  const to = Number(search.to);
  if (search.from && search.to && from < to) return { from, to };
  const seconds = (presets.find((preset) => preset.value === search.range) ?? presets[1]!).seconds;
  const pace = Math.max(10, Math.floor(seconds / 100));
  const end = Math.floor(now / 1000 / pace) * pace;
  return { from: end - seconds, to: end };
}

export function useSpan(search: RangeSearch): Span {
  return spanOf(search, useNow());
}
