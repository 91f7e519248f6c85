import { useMemo } from 'react';
import type { Promotion } from '../../api/kinds';
import type { Span } from '../../api/telemetry';
import { useFairway } from '../../api/watch/useWatch';
import type { Marker } from '../../ui/TimeChart';

/** Promotions that came to their end in the range: what changed, where a line bends. */
export function useDeployMarkers(span: Span, filter?: { readonly application?: string; readonly environment?: string }): readonly Marker[] {
  const { items } = useFairway<Promotion>('promotions');
  const application = filter?.application;
  const environment = filter?.environment;
  return useMemo(
    () =>
      items
        .filter((one) => (!application || one.spec.application === application) && (!environment || one.spec.environment === environment))
        .flatMap((one) => {
          const at = Date.parse(one.status?.finishedAt ?? '') / 1000;
          return at >= span.from && at <= span.to ? [{ at, label: `${one.spec.release} ${one.status?.phase ?? ''} in ${one.spec.environment}` }] : [];
        }),
    [items, application, environment, span.from, span.to],
  );
}
