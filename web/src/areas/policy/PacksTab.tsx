import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Failure } from '../../ui/Failure';
import { LoadingRows } from '../../ui/Loading';
import { Panel } from '../../ui/Panel';
import { State } from '../../ui/State';
import tables from '../../ui/Table.module.css';
import { passRate, policyApi, toneOfSeverity, type PolicyView } from './api';
import classes from './PolicyPage.module.css';

/** Packs and policies, where each is enforced, and how much of what is stored passes. */
export function PacksTab() {
  const packs = useQuery({ queryKey: ['policy', 'packs'], queryFn: ({ signal }) => policyApi.packs(signal), refetchInterval: 5000 });
  if (packs.error) return <Failure error={packs.error} what="Policies could not be read." retry={() => void packs.refetch()} />;
  if (!packs.data) return <LoadingRows rows={8} />;
  return (
    <>
      {packs.data.policies.length > 0 && (
        <Panel title="Your own policies" flush>
          <Policies policies={packs.data.policies} />
        </Panel>
      )}
      {packs.data.packs.map((pack) => (
        <Panel key={pack.name} title={pack.title} aside={<span className="fw-muted">{`${pack.name} ${pack.version}`}</span>} flush>
          <p className={classes.about}>
            {pack.description}
            {pack.includes.length > 0 && ` Includes ${pack.includes.join(', ')}.`}
          </p>
          <Policies policies={pack.policies} />
        </Panel>
      ))}
    </>
  );
}

function Policies({ policies }: { policies: readonly PolicyView[] }) {
  return (
    <div className={tables.scroll} role="region" aria-label="Policies" tabIndex={0}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>Policy</th>
            <th className={tables.wide}>Severity</th>
            <th className={tables.wide}>Enforced</th>
            <th className={tables.right}>Passes</th>
            <th className={tables.right}>Violations</th>
          </tr>
        </thead>
        <tbody>
          {policies.map((policy) => (
            <tr key={policy.name}>
              <td>
                <div className={classes.title}>{policy.title}</div>
                <div className={classes.sub}>{policy.name}</div>
              </td>
              <td className={tables.wide}>
                <State value={policy.severity} tone={toneOfSeverity(policy.severity)} />
              </td>
              <td className={tables.wide}>
                <Places policy={policy} />
              </td>
              <td className={tables.right}>{passRate(policy)}</td>
              <td className={tables.right}>
                {policy.fail + policy.unknown > 0 ? (
                  <Link to="/policy/violations" search={{ policy: policy.name }} className="fw-link">
                    {policy.fail + policy.unknown}
                  </Link>
                ) : (
                  <span className="fw-muted">{policy.waived > 0 ? `${policy.waived} waived` : 'none'}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Places({ policy }: { policy: PolicyView }) {
  const byStage = new Map<string, string[]>();
  for (const { cluster, stage } of policy.enforced) byStage.set(stage, [...(byStage.get(stage) ?? []), cluster]);
  if (byStage.size === 0) return <span className="fw-muted">files and pipelines</span>;
  return (
    <span className={classes.places}>
      {[...byStage].map(([stage, clusters]) => (
        <span key={stage}>{`${stage}: ${clusters.join(', ')}`}</span>
      ))}
    </span>
  );
}
