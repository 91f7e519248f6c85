import type { KubeObject } from '../../../api/kinds';
import { useWatch } from '../../../api/watch/useWatch';
import { Age } from '../../../ui/Age';
import { StateIcon } from '../../../ui/StateIcon';
import classes from './ObjectDrawer.module.css';

interface KubeEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** What happened to the object, newest first. */
export function ObjectEvents({ cluster, object }: { cluster: string; object: KubeObject }) {
  const { namespace, name } = object.metadata;
  const events = useWatch<KubeEvent>({ cluster, path: namespace ? `api/v1/namespaces/${namespace}/events` : 'api/v1/events' });
  if (events.error) return <p className="fw-muted">This cluster does not serve events: {events.error.message}</p>;
  const mine = events.items
    .filter((event) => event.involvedObject?.name === name && event.involvedObject.kind === object.kind)
    .sort((a, b) => timeOf(b).localeCompare(timeOf(a)));
  if (events.synced && mine.length === 0) return <p className="fw-muted">Nothing has been reported about it. Events are forgotten after a while; the ledger is not.</p>;
  return (
    <ul className={classes.list}>
      {mine.map((event) => (
        <li key={event.metadata.uid}>
          <StateIcon tone={event.type === 'Warning' ? 'wait' : 'idle'} />
          <span className={classes.grow}>
            <b>{event.reason}</b> {event.message}
            {(event.count ?? 1) > 1 && <span className="fw-muted"> ({event.count} times)</span>}
          </span>
          <span className="fw-muted">
            <Age at={timeOf(event) || undefined} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function timeOf(event: KubeEvent): string {
  return event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
}
