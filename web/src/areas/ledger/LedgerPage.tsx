import { Button, Select } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Link2, ScrollText, ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import { api, type LedgerItem } from '../../api/fairway';
import type { Application } from '../../api/kinds';
import { useFairway } from '../../api/watch/useWatch';
import { Age } from '../../ui/Age';
import { Command } from '../../ui/Command';
import { Empty } from '../../ui/Empty';
import { Failure } from '../../ui/Failure';
import { LoadingRows } from '../../ui/Loading';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { State } from '../../ui/State';
import { LedgerRow } from './LedgerRow';
import classes from './LedgerPage.module.css';
import { useLedgerMoves } from './useLedgerMoves';

const route = getRouteApi('/ledger');
const pageSize = 100;

const types = [
  { value: 'push.received', label: 'Pushes' },
  { value: 'run.started,run.finished', label: 'Pipeline runs' },
  { value: 'release.created', label: 'Releases' },
  { value: 'promotion.requested,promotion.approved,promotion.started,promotion.succeeded,promotion.failed,promotion.aborted,promotion.superseded', label: 'Promotions' },
  { value: 'rollout.started,rollout.step,rollout.analysis,rollout.succeeded,rollout.aborted', label: 'Rollouts' },
  { value: 'rollback.committed', label: 'Rollbacks' },
  { value: 'sync.applied,drift.healed', label: 'Sync and drift' },
];

/** Everything that happened, newest first; each entry carries the hash of the one before. */
export function LedgerPage() {
  const { application, type, entry } = route.useSearch();
  const navigate = route.useNavigate();
  const applications = useFairway<Application>('applications');
  const moves = useLedgerMoves();
  const ledger = useInfiniteQuery({
    queryKey: ['ledger', application, type, moves],
    queryFn: ({ pageParam, signal }) => api.ledger({ application, type, before: pageParam, limit: pageSize }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.items.length === pageSize ? page.items.at(-1)?.sequence : undefined),
    placeholderData: (previous) => previous,
  });
  const verify = useMutation({ mutationFn: api.verifyLedger });
  const items = useMemo(() => ledger.data?.pages.flatMap((page) => page.items) ?? [], [ledger.data]);
  const names = useMemo(() => [...new Set(applications.items.map((app) => app.metadata.name))].sort(), [applications.items]);
  const choose = (change: Record<string, string | undefined>) => void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });

  return (
    <Page
      title="Ledger"
      meta={<span>Every push, run, release, decision and rollout step. Entries are never changed; each names the hash of the one before.</span>}
      actions={
        <Button leftSection={<ShieldCheck size={14} />} loading={verify.isPending} onClick={() => verify.mutate()}>
          Verify the chain
        </Button>
      }
    >
      {verify.data && (
        <div className={classes.verdict} data-valid={verify.data.valid} role="status">
          <State value={verify.data.valid ? 'Intact' : 'Broken'} tone={verify.data.valid ? 'ok' : 'bad'} />
          <span>
            {verify.data.valid
              ? `All ${verify.data.entries} entries were recomputed; none was changed, removed or inserted.`
              : `${verify.data.message ?? 'A past entry was changed'}${verify.data.brokenAt ? ` (entry ${verify.data.brokenAt})` : ''}.`}
          </span>
          {verify.data.head && (
            <span className={classes.headHash}>
              <Command text={verify.data.head} label="Copy the head’s hash" />
            </span>
          )}
        </div>
      )}
      {verify.error && <Failure error={verify.error} what="The chain could not be verified." />}
      <div className={classes.filters}>
        <Select size="xs" placeholder="Every application" aria-label="Application" data={names} value={application ?? null} clearable searchable onChange={(value) => choose({ application: value ?? undefined })} />
        <Select size="xs" placeholder="Every kind of fact" aria-label="Kind of fact" data={types} value={type ?? null} clearable onChange={(value) => choose({ type: value ?? undefined })} />
      </div>
      {ledger.error && <Failure error={ledger.error} what="The ledger could not be read." retry={() => void ledger.refetch()} />}
      <Panel flush label="Entries">
        {ledger.isPending && <LoadingRows rows={6} height={32} />}
        {ledger.data && items.length === 0 && (
          <Empty icon={ScrollText} title={application || type ? 'No entry matches' : 'Nothing has happened yet'} command="git push origin main">
            The first push is the first fact. From then on nothing that matters happens without an entry here.
          </Empty>
        )}
        <ol className={classes.entries}>
          {items.map((item) => (
            <LedgerRow key={item.sequence} item={item} open={entry === String(item.sequence)} onToggle={() => choose({ entry: entry === String(item.sequence) ? undefined : String(item.sequence) })} />
          ))}
        </ol>
        {ledger.hasNextPage && (
          <div className={classes.more}>
            <Button variant="default" loading={ledger.isFetchingNextPage} onClick={() => void ledger.fetchNextPage()}>
              Earlier entries
            </Button>
          </div>
        )}
      </Panel>
      <Head items={items} />
    </Page>
  );
}

function Head({ items }: { items: readonly LedgerItem[] }) {
  const first = items[0];
  if (!first) return null;
  return (
    <p className={classes.foot}>
      <Link2 size={14} aria-hidden /> Newest shown: entry {first.sequence}, <Age at={first.at} /> old. The same from a terminal: <code>fairway ledger list</code>, <code>fairway ledger verify</code>
    </p>
  );
}
