import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { telemetry } from '../../../api/telemetry';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Page } from '../../../ui/Page';
import { Panel } from '../../../ui/Panel';
import tables from '../../../ui/Table.module.css';
import { useSpan } from '../range';
import { numberOf, percent, seconds, short } from '../series';
import { Tabs } from '../Tabs';

const route = getRouteApi('/observe/services');

interface Row {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  rate?: number;
  failures?: number;
  p95?: number;
}

const by = 'cluster, namespace, service';
const questions = {
  rate: `sum by (${by}) (rate(fairway_gateway_requests_total[5m]))`,
  failures: `sum by (${by}) (rate(fairway_gateway_requests_total{code=~"5.."}[5m])) / sum by (${by}) (rate(fairway_gateway_requests_total[5m]))`,
  p95: `histogram_quantile(0.95, sum by (${by}, le) (rate(fairway_gateway_request_duration_seconds_bucket[5m])))`,
} as const;

/** Every service that answered requests in the last five minutes. */
export function ServicesPage() {
  const span = useSpan(route.useSearch());
  const answer = useQuery({
    queryKey: ['services', span.to],
    queryFn: async ({ signal }) => {
      const rows = new Map<string, Row>();
      for (const key of ['rate', 'failures', 'p95'] as const)
        for (const { metric, value } of await telemetry.instant(questions[key], signal)) {
          const { cluster = '', namespace = '', service = '' } = metric;
          const id = `${cluster}/${namespace}/${service}`;
          const row = rows.get(id) ?? { cluster, namespace, service };
          row[key] = numberOf(value[1]);
          rows.set(id, row);
        }
      return [...rows.values()].sort((left, right) => (right.rate ?? 0) - (left.rate ?? 0) || left.service.localeCompare(right.service));
    },
    placeholderData: (previous) => previous,
    retry: false,
  });
  return (
    <Page title="Services" meta={<span>Golden signals of the last five minutes, as the gateway saw them.</span>}>
      <Tabs />
      {answer.error && <Failure error={answer.error} what="The services could not be read." retry={() => void answer.refetch()} />}
      <Panel flush label="Services">
        {answer.isPending && <LoadingRows />}
        {answer.data?.length === 0 && (
          <Empty icon={Activity} title="No traffic yet" command="fairway demo">
            A service appears here with its first request through the gateway. Nothing has to be installed or configured.
          </Empty>
        )}
        {answer.data && answer.data.length > 0 && (
          <div className={tables.scroll}>
            <table className={tables.table}>
              <thead>
                <tr>
                  <th>Service</th>
                  <th>Where</th>
                  <th className={tables.right}>Requests</th>
                  <th className={tables.right}>Failures</th>
                  <th className={tables.right}>p95</th>
                </tr>
              </thead>
              <tbody>
                {answer.data.map((row) => (
                  <tr key={`${row.cluster}/${row.namespace}/${row.service}`}>
                    <td>
                      <Link to="/observe/services/$cluster/$namespace/$service" params={{ cluster: row.cluster, namespace: row.namespace, service: row.service }} className="fw-link">
                        {row.service}
                      </Link>
                    </td>
                    <td className="fw-muted">
                      {row.namespace} in {row.cluster}
                    </td>
                    <td className={tables.right}>{row.rate === undefined ? '–' : `${short(row.rate)}/s`}</td>
                    <td className={tables.right}>{row.failures === undefined || Number.isNaN(row.failures) ? percent(0) : percent(row.failures)}</td>
                    <td className={tables.right}>{row.p95 === undefined || Number.isNaN(row.p95) ? '–' : seconds(row.p95)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
    </Page>
  );
}
