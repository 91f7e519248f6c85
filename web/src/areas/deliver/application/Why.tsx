import { useQuery } from '@tanstack/react-query';
import { namespaceOf } from '../../../api/kinds';
import { whyNot } from '../../../api/why';
import { Age } from '../../../ui/Age';
import type { Stop } from '../model';
import classes from './TreeTab.module.css';

/** Why an environment is red, grey or waiting: from what shows to the cause at the bottom. */
export function Why({ stop }: { stop: Stop }) {
  const { application, spec, state } = stop;
  const why = useQuery({
    queryKey: ['why', namespaceOf(application), application.metadata.name, spec.name, application.metadata.resourceVersion, stop.promotion?.metadata.resourceVersion ?? ''],
    queryFn: ({ signal }) => whyNot(namespaceOf(application), application.metadata.name, spec.name, signal),
    placeholderData: (previous) => previous,
    enabled: state.tone !== 'ok',
    retry: false,
  });
  if (state.tone === 'ok' || !why.data || why.data.links.length === 0) return null;
  return (
    <section className={classes.why} data-tone={state.tone} aria-label="Why">
      <strong>Why? {why.data.summary}</strong>
      <ol className={classes.chain}>
        {why.data.links.map((link, index) => (
          <li key={index} style={{ paddingLeft: index * 16 }}>
            <span aria-hidden className="fw-muted">
              {index ? '↳' : '•'}
            </span>
            <span className={classes.detail}>
              {link.what}
              {link.detail && <span className="fw-muted"> {link.detail}</span>}
            </span>
            {link.at && (
              <span className={classes.at}>
                <Age at={link.at} />
              </span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
