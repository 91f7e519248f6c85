import { useQuery } from '@tanstack/react-query';
import { api, type TrafficBackend } from '../../../api/fairway';
import type { Rollout } from '../../../api/kinds';
import { useNow } from '../../../ui/now';
import { isEnded } from '../model';

const step = 5;
const window = 300;

/** Both versions' traffic, by the Services that answer for them. */
export interface Comparison {
  readonly stable: TrafficBackend | undefined;
  readonly canary: TrafficBackend | undefined;
}

/**
 * The gateway's numbers for both versions. They are samples of a moving quantity, not resources that change: the chart's
 * window moves on by one step of the clock while a rollout is in flight, and stands still once it has ended.
 */
export function useTraffic(rollout: Rollout) {
  const ended = isEnded(rollout);
  const moment = Math.floor(useNow() / 1000 / step);
  const { cluster, targetNamespace, application, release } = rollout.spec;
  const target = rollout.status?.targets?.[0];
  return useQuery({
    queryKey: ['traffic', cluster, targetNamespace, moment],
    queryFn: ({ signal }) => api.traffic({ cluster, namespace: targetNamespace, window, step }, signal),
    select: (traffic) => compare(traffic.backends, { stable: target?.service ?? application, canary: target?.canaryService ?? `${application}-canary` }, release),
    placeholderData: (previous) => previous,
    enabled: !ended,
    gcTime: 10_000,
    retry: false,
  });
}

/** The two Services' numbers; a Service that served several releases is taken at the one that fits its side. */
export function compare(backends: readonly TrafficBackend[], services: { readonly stable: string; readonly canary: string }, release: string): Comparison {
  const canaries = backends.filter((backend) => backend.service === services.canary);
  const stables = backends.filter((backend) => backend.service === services.stable);
  return {
    canary: canaries.find((backend) => backend.release === release) ?? canaries[0],
    stable: stables.find((backend) => backend.release !== release) ?? stables[0],
  };
}
