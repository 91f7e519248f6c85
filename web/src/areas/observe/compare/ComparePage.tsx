import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { GitCompareArrows } from 'lucide-react';
import { useState } from 'react';
import { telemetry, type TraceDifference, type TraceSide } from '../../../api/telemetry';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Page } from '../../../ui/Page';
import { Panel } from '../../../ui/Panel';
import tables from '../../../ui/Table.module.css';
import { useSpan } from '../range';
import { RangePicker } from '../RangePicker';
import { seconds } from '../series';
import { Tabs } from '../Tabs';
import classes from '../Observe.module.css';

const route = getRouteApi('/observe/compare');
const certain = 0.05;

/** The traces of two releases side by side: where a trace spends more time than before. */
export function ComparePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const span = useSpan(search);
  const { left = '', right = '', service = '' } = search;
  const [text, setText] = useState({ left, right });
  const services = useQuery({ queryKey: ['trace-services'], queryFn: ({ signal }) => telemetry.services(signal), staleTime: 30_000, retry: false });
  const answer = useQuery({
    queryKey: ['compare', left, right, service, span.from, span.to],
    queryFn: ({ signal }) => telemetry.compare({ left, right, service: service || undefined }, span, signal),
    enabled: left !== '' && right !== '',
    placeholderData: (previous) => previous,
    retry: false,
  });
  const change = (next: Partial<typeof search>) => void navigate({ search: (previous) => ({ ...previous, ...next }), replace: true });
  return (
    <Page
      title="Compare traces"
      meta={<span>Two releases, or any two searches: what a trace does with its time, and which differences are more than chance.</span>}
      actions={<RangePicker search={search} change={(range) => change({ range: range.range, from: range.from, to: range.to })} />}
      wide
    >
      <Tabs />
      <Panel flush label="Comparison">
        <form
          className={classes.query}
          onSubmit={(event) => {
            event.preventDefault();
            change({ left: text.left.trim() || undefined, right: text.right.trim() || undefined });
          }}
        >
          <TextInput className={classes.editor} size="xs" aria-label="Release before" placeholder="release before, or service.version=&quot;1.2&quot;" value={text.left} onChange={(event) => setText({ ...text, left: event.currentTarget.value })} />
          <TextInput className={classes.editor} size="xs" aria-label="Release after" placeholder="release after" value={text.right} onChange={(event) => setText({ ...text, right: event.currentTarget.value })} />
          <Select size="xs" aria-label="Service" placeholder="any service" data={[...(services.data ?? [])]} value={service || null} onChange={(value) => change({ service: value ?? undefined })} searchable clearable />
          <Button size="xs" type="submit" variant="default">
            Compare
          </Button>
        </form>
        {answer.error && <Failure error={answer.error} what="The traces were not compared." />}
        {answer.isFetching && !answer.data && <LoadingRows rows={4} />}
        {(left === '' || right === '') && (
          <Empty icon={GitCompareArrows} title="Name two releases" command="fairway traces compare v1 v2">
            A release is what spans carry as fairway.release or service.version. Any search of traces may stand for one.
          </Empty>
        )}
        {answer.data && left !== '' && right !== '' && (
          <>
            <p className={classes.verdict}>
              <b>{answer.data.left.count}</b> and <b>{answer.data.right.count}</b> traces · median {seconds(answer.data.left.p50 / 1e6)} → {seconds(answer.data.right.p50 / 1e6)} · 95 % {seconds(answer.data.left.p95 / 1e6)} →{' '}
              {seconds(answer.data.right.p95 / 1e6)} · {answer.data.chance < certain ? 'more than chance' : 'within chance'}
            </p>
            {answer.data.operations.length === 0 ? <p className={classes.none}>Neither side has traces in this time.</p> : <Differences operations={answer.data.operations} />}
          </>
        )}
      </Panel>
    </Page>
  );
}

function Differences({ operations }: { readonly operations: readonly TraceDifference[] }) {
  return (
    <div className={tables.scroll}>
      <table className={`${tables.table} ${classes.compared}`}>
        <thead>
          <tr>
            <th>Operation</th>
            <th className={tables.right}>Before</th>
            <th className={tables.right}>After</th>
            <th className={`${tables.right} ${tables.wide}`}>Failed</th>
            <th className={tables.right}>Added per trace</th>
            <th className={tables.wide}>Verdict</th>
          </tr>
        </thead>
        <tbody>
          {operations.map((one) => (
            <tr key={`${one.service} ${one.operation}`}>
              <td>
                <b>{one.service}</b> {one.operation}
              </td>
              <td className={tables.right}>{median(one.left)}</td>
              <td className={tables.right}>{median(one.right)}</td>
              <td className={`${tables.right} ${tables.wide}`}>
                {failed(one.left)} → {failed(one.right)}
              </td>
              <td className={tables.right}>{one.added < 0 ? '−' : '+'}{seconds(Math.abs(one.added) / 1e6)}</td>
              <td className={tables.wide}>{!one.left ? 'new' : !one.right ? 'gone' : one.chance < certain ? (one.added > 0 ? 'slower' : 'faster') : 'within chance'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function median(side: TraceSide | null): string {
  return side ? seconds(side.p50 / 1e6) : '–';
}

function failed(side: TraceSide | null): string {
  return side ? `${((side.errors / Math.max(1, side.count)) * 100).toFixed(1)} %` : '–';
}
