import { getRouteApi, Link } from '@tanstack/react-router';
import { Page } from '../../../ui/Page';
import { LogsPane } from '../explore/LogsPane';
import { useDeployMarkers } from '../markers';
import classes from '../Observe.module.css';
import { useSpan } from '../range';
import { RangePicker } from '../RangePicker';
import { Tabs } from '../Tabs';
import { SignalPanel } from './SignalPanel';
import { signalsOf } from './signals';

const route = getRouteApi('/observe/services/$cluster/$namespace/$service');

/** The dashboard that a service has without anybody making it. */
export function ServicePage() {
  const { cluster, namespace, service } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const span = useSpan(search);
  const markers = useDeployMarkers(span, { application: service, environment: cluster });
  const change = (next: Partial<typeof search>) => void navigate({ search: (previous) => ({ ...previous, ...next }), replace: true });
  const zoom = (from: number, to: number) => change({ from: String(Math.floor(from)), to: String(Math.ceil(to)) });
  const logs = search.logs ?? `{cluster="${cluster}",namespace="${namespace}",service="${service}"}`;
  return (
    <Page
      title={service}
      name={`${service} in ${cluster}`}
      meta={
        <span>
          {namespace} in {cluster} · dashed lines are deployments ·{' '}
          <Link to="/observe/slos" className="fw-link fw-inline">
            SLOs
          </Link>
        </span>
      }
      actions={<RangePicker search={search} change={(range) => change({ range: range.range, from: range.from, to: range.to })} />}
      wide
    >
      <Tabs />
      <div className={classes.panes}>
        <div className={classes.pair}>
          {signalsOf(cluster, namespace, service).map((signal) => (
            <SignalPanel key={signal.title} signal={signal} span={span} markers={markers} zoom={zoom} />
          ))}
        </div>
        <LogsPane key={logs} expression={logs} span={span} run={(expression) => change({ logs: expression || undefined })} />
      </div>
    </Page>
  );
}
