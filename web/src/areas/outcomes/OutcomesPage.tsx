import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { api } from '../../api/fairway';
import type { Application } from '../../api/kinds';
import { exact } from '../../api/time';
import { useFairway } from '../../api/watch/useWatch';
import { Failure } from '../../ui/Failure';
import { LoadingRows } from '../../ui/Loading';
import { Page } from '../../ui/Page';
import { useLedgerMoves } from '../ledger/useLedgerMoves';
import { cardsOf } from './cards';
import { Evidence } from './Evidence';
import { KeyCard } from './KeyCard';
import classes from './OutcomesPage.module.css';

const route = getRouteApi('/outcomes');
const windows = ['7', '30', '90'];

/** The four keys, each with what it stands on. */
export function OutcomesPage() {
  const { application, window } = route.useSearch();
  const navigate = route.useNavigate();
  const days = windows.includes(window ?? '') ? Number(window) : 30;
  const applications = useFairway<Application>('applications');
  const moves = useLedgerMoves();
  const keys = useQuery({
    queryKey: ['dora', days, application, moves],
    queryFn: ({ signal }) => api.fourKeys(days, application, signal),
    placeholderData: (previous) => previous,
  });
  return (
    <Page
      title="Outcomes"
      meta={<span>The four keys of software delivery, computed from the ledger: nobody typed these numbers in.</span>}
      actions={
        <>
          <Select
            size="xs"
            placeholder="All applications"
            aria-label="Application"
            clearable
            data={[...new Set(applications.items.map((app) => app.metadata.name))].sort()}
            value={application ?? null}
            onChange={(value) => void navigate({ search: (previous) => ({ ...previous, application: value ?? undefined }), replace: true })}
          />
          <SegmentedControl
            size="xs"
            aria-label="Window"
            data={windows.map((value) => ({ value, label: `${value} days` }))}
            value={String(days)}
            onChange={(value) => void navigate({ search: (previous) => ({ ...previous, window: value }), replace: true })}
          />
        </>
      }
    >
      {keys.error && <Failure error={keys.error} what="The four keys could not be computed." retry={() => void keys.refetch()} />}
      {keys.isPending && <LoadingRows rows={2} height={140} />}
      {keys.data && (
        <>
          <div className={classes.cards}>
            {cardsOf(keys.data, days).map((card) => (
              <KeyCard key={card.name} card={card} application={application} />
            ))}
          </div>
          <Evidence application={application} moves={moves} />
          <p className="fw-muted fw-small">
            As of {exact(keys.data.to)}. Definitions: a deployment is a promotion to production that began and came to an end; it failed when it failed, was aborted or was taken back.{' '}
            <Link to="/ledger" search={{ application }} className="fw-link">
              Every fact behind it
            </Link>
          </p>
        </>
      )}
    </Page>
  );
}
