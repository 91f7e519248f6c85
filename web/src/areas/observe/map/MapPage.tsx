import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Waypoints } from 'lucide-react';
import { useMemo } from 'react';
import { telemetry, type Dependency } from '../../../api/telemetry';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Page } from '../../../ui/Page';
import { Panel } from '../../../ui/Panel';
import tables from '../../../ui/Table.module.css';
import { useSpan } from '../range';
import { RangePicker } from '../RangePicker';
import { seconds, short } from '../series';
import { Tabs } from '../Tabs';
import { layout } from './layout';
import classes from './MapPage.module.css';

const route = getRouteApi('/observe/map');
const size = { width: 168, height: 44, gapX: 96, gapY: 28, margin: 16 };

/** Who calls whom, as the spans of the range say. */
export function MapPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const span = useSpan(search);
  const answer = useQuery({ queryKey: ['dependencies', span.from, span.to], queryFn: ({ signal }) => telemetry.dependencies(span, signal), placeholderData: (previous) => previous, retry: false });
  return (
    <Page
      title="Service map"
      meta={<span>Made of the spans that services and the gateway sent; nobody drew it.</span>}
      actions={<RangePicker search={search} change={(range) => void navigate({ search: { range: range.range, from: range.from, to: range.to }, replace: true })} />}
      wide
    >
      <Tabs />
      {answer.error && <Failure error={answer.error} what="The map could not be made." retry={() => void answer.refetch()} />}
      <Panel flush label="Service map">
        {answer.isPending && <LoadingRows />}
        {answer.data?.length === 0 && (
          <Empty icon={Waypoints} title="No calls seen" command="fairway demo">
            Services appear here when spans show that one called another. Send OTLP, Zipkin or Jaeger spans; the gateway passes trace context on.
          </Empty>
        )}
        {answer.data && answer.data.length > 0 && <Drawing calls={answer.data} />}
      </Panel>
      {answer.data && answer.data.length > 0 && (
        <Panel flush title="Calls">
          <div className={tables.scroll}>
            <table className={tables.table}>
              <thead>
                <tr>
                  <th>From</th>
                  <th>To</th>
                  <th className={tables.right}>Calls</th>
                  <th className={tables.right}>Failed</th>
                  <th className={`${tables.right} ${tables.wide}`}>Median</th>
                  <th className={`${tables.right} ${tables.wide}`}>95 %</th>
                </tr>
              </thead>
              <tbody>
                {answer.data.toSorted((left, right) => right.callCount - left.callCount).map((call) => (
                  <tr key={`${call.parent} ${call.child}`}>
                    <td>{call.parent}</td>
                    <td>
                      <Link to="/observe" search={{ service: call.child }} className="fw-link">
                        {call.child}
                      </Link>
                    </td>
                    <td className={tables.right}>{short(call.callCount)}</td>
                    <td className={tables.right}>{call.errorCount ? `${((call.errorCount / call.callCount) * 100).toFixed(1)} %` : '–'}</td>
                    <td className={`${tables.right} ${tables.wide}`}>{call.p50 === undefined ? '–' : seconds(call.p50 / 1e6)}</td>
                    <td className={`${tables.right} ${tables.wide}`}>{call.p95 === undefined ? '–' : seconds(call.p95 / 1e6)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Panel>
      )}
    </Page>
  );
}

function Drawing({ calls }: { calls: readonly Dependency[] }) {
  const places = useMemo(() => layout(calls), [calls]);
  const at = new Map(places.map((place) => [place.service, { x: size.margin + place.column * (size.width + size.gapX), y: size.margin + place.row * (size.height + size.gapY) }]));
  const width = Math.max(...[...at.values()].map(({ x }) => x)) + size.width + size.margin;
  const height = Math.max(...[...at.values()].map(({ y }) => y)) + size.height + size.margin;
  const most = Math.max(...calls.map((call) => call.callCount));
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label="Drawing of the calls; the table below says the same">
      <svg width={width} height={height} className={classes.map} aria-hidden>
        {calls
          .filter((call) => call.parent !== call.child)
          .map((call) => {
            const from = at.get(call.parent)!;
            const to = at.get(call.child)!;
            const [x1, y1, x2, y2] = [from.x + size.width, from.y + size.height / 2, to.x, to.y + size.height / 2];
            const bend = Math.max(40, (x2 - x1) / 2);
            return <path key={`${call.parent} ${call.child}`} className={classes.call} d={`M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`} strokeWidth={1 + (call.callCount / most) * 3} />;
          })}
        {places.map(({ service }) => {
          const { x, y } = at.get(service)!;
          return (
            <g key={service} transform={`translate(${x},${y})`}>
              <rect className={classes.box} width={size.width} height={size.height} rx={8} />
              <text className={classes.name} x={size.width / 2} y={size.height / 2 + 4} textAnchor="middle">
                {service.length > 22 ? `${service.slice(0, 21)}…` : service}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
