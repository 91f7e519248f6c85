import { Activity, Boxes, ChartNoAxesColumn, Hammer, ScrollText, Send, ShieldCheck, type LucideIcon } from 'lucide-react';

export interface Area {
  readonly to: '/' | '/build' | '/observe' | '/resources' | '/policy' | '/ledger' | '/outcomes';
  readonly label: string;
  readonly icon: LucideIcon;
  /** Second key of the `g` chord. */
  readonly key: string;
  readonly hint: string;
  /** Further path prefixes that belong to the area. */
  readonly prefixes: readonly string[];
}

export const areas: readonly Area[] = [
  { to: '/', label: 'Deliver', icon: Send, key: 'd', hint: 'What is running where, and what is moving', prefixes: ['/apps'] },
  { to: '/build', label: 'Build', icon: Hammer, key: 'b', hint: 'Pipeline runs and their logs', prefixes: ['/build'] },
  { to: '/observe', label: 'Observe', icon: Activity, key: 's', hint: 'Metrics, logs, traces, SLOs and alerts', prefixes: ['/observe'] },
  { to: '/resources', label: 'Clusters', icon: Boxes, key: 'c', hint: 'Every object in every cluster', prefixes: ['/resources'] },
  { to: '/policy', label: 'Policy', icon: ShieldCheck, key: 'p', hint: 'Policies, violations and waivers', prefixes: ['/policy'] },
  { to: '/ledger', label: 'Ledger', icon: ScrollText, key: 'l', hint: 'Everything that happened, hash-chained', prefixes: ['/ledger'] },
  { to: '/outcomes', label: 'Outcomes', icon: ChartNoAxesColumn, key: 'o', hint: 'The four keys, from what Fairway itself saw', prefixes: ['/outcomes'] },
];

export function areaOf(path: string): Area {
  return areas.find((area) => area.prefixes.some((prefix) => path.startsWith(prefix))) ?? (areas[0] as Area);
}
