import { Button, Modal, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ShieldCheck, Wrench } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Command } from '../../ui/Command';
import { Empty } from '../../ui/Empty';
import { Failure } from '../../ui/Failure';
import { LoadingRows } from '../../ui/Loading';
import { Panel } from '../../ui/Panel';
import { State } from '../../ui/State';
import { policyApi, toneOfSeverity, type Violation } from './api';
import classes from './PolicyPage.module.css';

const route = getRouteApi('/policy/violations');
const shown = 200;

/** What is stored and does not pass, by team, with the patch that mends it. */
export function ViolationsTab() {
  const { team, policy } = route.useSearch();
  const navigate = route.useNavigate();
  const [mend, setMend] = useState<Violation | null>(null);
  const violations = useQuery({ queryKey: ['policy', 'violations', policy], queryFn: ({ signal }) => policyApi.violations({ policy }, signal), refetchInterval: 5000 });
  const all = useMemo(() => (violations.data?.items ?? []).filter((item) => item.result !== 'waived'), [violations.data]);
  const teams = useMemo(() => groupByTeam(all), [all]);
  const choose = (change: Record<string, string | undefined>) => void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  if (violations.error) return <Failure error={violations.error} what="Violations could not be read." retry={() => void violations.refetch()} />;
  if (!violations.data) return <LoadingRows rows={8} />;
  return (
    <>
      <div className={classes.filters}>
        <Select size="xs" placeholder="Every team" aria-label="Team" data={[...teams.keys()]} value={team ?? null} clearable searchable onChange={(value) => choose({ team: value ?? undefined })} />
        <Select
          size="xs"
          placeholder="Every policy"
          aria-label="Policy"
          data={[...new Set([...all.map((item) => item.policy), ...(policy ? [policy] : [])])].sort()}
          value={policy ?? null}
          clearable
          searchable
          onChange={(value) => choose({ policy: value ?? undefined })}
        />
      </div>
      {all.length === 0 && (
        <Empty icon={ShieldCheck} title="Nothing that is stored violates a policy" command="fairway policy report --by team">
          Every object is judged again when it, or a policy, changes.
        </Empty>
      )}
      {[...teams].filter(([name]) => !team || name === team).map(([name, items]) => (
        <Panel key={name} title={name} aside={<span className="fw-muted">{items.length}</span>} flush>
          <ul className={classes.list}>
            {items.slice(0, shown).map((item) => (
              <Row key={`${item.cluster}/${item.kind}/${item.namespace}/${item.name}/${item.policy}/${item.rule}`} item={item} onMend={setMend} />
            ))}
          </ul>
          {items.length > shown && <p className={classes.about}>{`${items.length - shown} more: fairway policy report --team ${name}`}</p>}
        </Panel>
      ))}
      <Mend violation={mend} onClose={() => setMend(null)} />
    </>
  );
}

function Row({ item, onMend }: { item: Violation; onMend: (item: Violation) => void }) {
  return (
    <li className={classes.violation}>
      <div className={classes.head}>
        <State value={item.result === 'unknown' ? 'unknown' : item.severity} tone={item.result === 'unknown' ? 'wait' : toneOfSeverity(item.severity)} />
        <span className={classes.title}>{item.title}</span>
        <Button size="compact-xs" variant="default" leftSection={<Wrench size={12} />} onClick={() => onMend(item)} aria-label={`${item.patch ? 'Patch' : 'How to mend'}: ${item.policy} of ${item.kind} ${item.name}`}>
          {item.patch ? 'Patch' : 'How to mend'}
        </Button>
      </div>
      <div>{item.message}</div>
      <div className={classes.sub}>
        {`${item.cluster} · ${item.kind} ${item.namespace ? `${item.namespace}/` : ''}${item.name}`} <span className={classes.path}>{item.path}</span>
      </div>
    </li>
  );
}

function Mend({ violation, onClose }: { violation: Violation | null; onClose: () => void }) {
  return (
    <Modal opened={violation !== null} onClose={onClose} title={violation?.title} size="lg">
      {violation && (
        <div className={classes.body}>
          <p>{violation.why}</p>
          <p>{violation.howToMend}</p>
          {violation.patch && (
            <>
              <pre className={classes.patch} tabIndex={0}>
                {JSON.stringify(violation.patch, null, 2)}
              </pre>
              <Command
                text={`kubectl --context ${violation.cluster} patch ${violation.kind.toLowerCase()} ${violation.name}${violation.namespace ? ` -n ${violation.namespace}` : ''} --type json -p '${JSON.stringify(violation.patch)}'`}
              />
              <p className="fw-muted fw-small">Better in the repository, where it stays: fairway policy check PATH --fix</p>
            </>
          )}
          <div className="fw-muted fw-small">It cannot be kept now? Ask for a waiver</div>
          <Command text={`fairway waivers request ${violation.policy} --owner ${violation.team} --expires 30d --for-name ${violation.name} --reason … --control …`} />
        </div>
      )}
    </Modal>
  );
}

const order = ['critical', 'high', 'medium', 'low', 'info'];

function groupByTeam(items: readonly Violation[]): ReadonlyMap<string, readonly Violation[]> {
  const groups = new Map<string, Violation[]>();
  for (const item of items) groups.set(item.team, [...(groups.get(item.team) ?? []), item]);
  for (const group of groups.values()) group.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || a.name.localeCompare(b.name));
  return new Map([...groups].sort((a, b) => b[1].length - a[1].length));
}
