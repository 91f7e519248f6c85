import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/fairway';
import { Age } from '../../ui/Age';
import { Panel } from '../../ui/Panel';
import { StateIcon } from '../../ui/StateIcon';
import { sentenceOf, toneOfFact } from '../ledger/facts';
import classes from './OutcomesPage.module.css';

const types = 'promotion.succeeded,promotion.failed,promotion.aborted,rollback.committed';

/** The latest facts that the keys stand on. */
export function Evidence({ application, moves }: { application: string | undefined; moves: number }) {
  const facts = useQuery({
    queryKey: ['evidence', application, moves],
    queryFn: ({ signal }) => api.ledger({ application, type: types, limit: 100 }, signal),
    placeholderData: (previous) => previous,
  });
  const items = (facts.data?.items ?? []).filter((item) => item.data?.production !== false).slice(0, 12);
  return (
    <Panel title="Latest evidence" flush>
      {items.length === 0 ? (
        <p className={classes.none}>{facts.isPending ? 'Reading the ledger…' : 'No deployment has come to an end yet. The first one shows here, with a link to its entry.'}</p>
      ) : (
        <ol className={classes.evidence}>
          {items.map((item) => (
            <li key={item.sequence}>
              <StateIcon tone={toneOfFact(item)} />
              <Link to="/ledger" search={{ application: item.application, entry: String(item.sequence) }} className={classes.fact}>
                {sentenceOf(item)}
              </Link>
              <span className={classes.when}>
                <Age at={item.at} suffix=" ago" />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
