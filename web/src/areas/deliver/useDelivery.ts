import type { Application, Promotion, Release, Rollout } from '../../api/kinds';
import { useFairway, type Watched } from '../../api/watch/useWatch';
import { useMemo } from 'react';
import type { Delivery } from './model';

/** Applications and what moves them, live. */
export function useDelivery(): { readonly applications: Watched<Application>; readonly delivery: Delivery; readonly synced: boolean } {
  const applications = useFairway<Application>('applications');
  const promotions = useFairway<Promotion>('promotions');
  const rollouts = useFairway<Rollout>('rollouts');
  const releases = useFairway<Release>('releases');
  const delivery = useMemo(
    () => ({ promotions: promotions.items, rollouts: rollouts.items, releases: releases.items }),
    [promotions.items, rollouts.items, releases.items],
  );
  return { applications, delivery, synced: applications.synced && promotions.synced && rollouts.synced && releases.synced };
}
