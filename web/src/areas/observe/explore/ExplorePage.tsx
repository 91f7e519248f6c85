import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../../ui/Page';
import { useDeployMarkers } from '../markers';
import { useSpan } from '../range';
import { RangePicker } from '../RangePicker';
import { Tabs } from '../Tabs';
import classes from '../Observe.module.css';
import { LogsPane } from './LogsPane';
import { MetricsPane } from './MetricsPane';
import { TracesPane } from './TracesPane';

const route = getRouteApi('/observe');

/** Metrics, logs and traces beside each other, over one time range. */
export function ExplorePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const span = useSpan(search);
  const markers = useDeployMarkers(span);
  const change = (next: Partial<typeof search>) => void navigate({ search: (previous) => ({ ...previous, ...next }), replace: true });
  const { q = 'sum by (service) (rate(fairway_gateway_requests_total[1m]))', logs = '{namespace=~".+"}', service = '' } = search;
  return (
    <Page
      title="Observe"
      meta={<span>One time range for metrics, logs and traces; drag over a chart to look closer. Dashed lines are deployments.</span>}
      actions={<RangePicker search={search} change={(range) => change({ range: range.range, from: range.from, to: range.to })} />}
      wide
    >
      <Tabs />
      <div className={classes.panes}>
        <MetricsPane
          key={`metrics ${q}`}
          expression={q}
          span={span}
          markers={markers}
          run={(expression) => change({ q: expression || undefined })}
          zoom={(from, to) => change({ from: String(Math.floor(from)), to: String(Math.ceil(to)) })}
        />
        <div className={classes.pair}>
          <LogsPane key={`logs ${logs}`} expression={logs} span={span} run={(expression) => change({ logs: expression || undefined })} />
          <TracesPane service={service} span={span} choose={(value) => change({ service: value })} />
        </div>
      </div>
    </Page>
  );
}
