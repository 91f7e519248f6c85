import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Application, Promotion, Release, Rollout } from '../../../api/kinds';
import { useFairway } from '../../../api/watch/useWatch';
import { releasesOf, stopOf, type Stop } from '../model';
import { useDelivery } from '../useDelivery';

const route = getRouteApi('/apps/$namespace/$application');

export interface ApplicationView {
  readonly application: Application | undefined;
  readonly stops: readonly Stop[];
  readonly releases: readonly Release[];
  readonly rollouts: readonly Rollout[];
  readonly promotions: readonly Promotion[];
  readonly synced: boolean;
  readonly namespace: string;
  readonly name: string;
}

/** The application that the address names, with everything that moves it. */
export function useApplication(): ApplicationView {
  const { namespace, application: name } = route.useParams();
  const { applications, delivery, synced } = useDelivery();
  const application = applications.byKey.get(`${namespace}/${name}`);
  return useMemo(() => {
    const mine = (object: { metadata: { namespace?: string }; spec: { application: string } }) => object.metadata.namespace === namespace && object.spec.application === name;
    const latest = <T extends { metadata: { creationTimestamp?: string } }>(items: readonly T[]) =>
      [...items].sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
    return {
      application,
      stops: application ? application.spec.environments.map((spec) => stopOf(application, spec, delivery)) : [],
      releases: application ? releasesOf(application, delivery.releases) : [],
      rollouts: latest(delivery.rollouts.filter(mine)),
      promotions: latest(delivery.promotions.filter(mine)),
      synced,
      namespace,
      name,
    };
  }, [application, delivery, name, namespace, synced]);
}

/** The repository's object, for its address. */
export function useRepository(view: ApplicationView) {
  return useFairway('gitrepositories', view.namespace).byKey.get(`${view.namespace}/${view.application?.spec.repository ?? ''}`);
}
