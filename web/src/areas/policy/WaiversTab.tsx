import { Button } from '@mantine/core';
import { CalendarClock } from 'lucide-react';
import { namespaceOf } from '../../api/kinds';
import { useFairway } from '../../api/watch/useWatch';
import { Age, Countdown } from '../../ui/Age';
import { useConfirm, type Act } from '../../ui/confirm';
import { Empty } from '../../ui/Empty';
import { LoadingRows } from '../../ui/Loading';
import { Panel } from '../../ui/Panel';
import { State } from '../../ui/State';
import { policyApi, toneOfPhase, type Waiver } from './api';
import classes from './PolicyPage.module.css';

const order = ['Requested', 'ExpiringSoon', 'Active', 'Invalid', 'Expired', 'Rejected'];

/** Exceptions: who asked, who decided, what protects instead, and how long they still run. */
export function WaiversTab() {
  const waivers = useFairway<Waiver>('waivers');
  const confirm = useConfirm();
  if (!waivers.synced) return <LoadingRows rows={4} />;
  const sorted = [...waivers.items].sort((a, b) => order.indexOf(phaseOf(a)) - order.indexOf(phaseOf(b)) || a.spec.expiresAt.localeCompare(b.spec.expiresAt));
  if (sorted.length === 0)
    return (
      <Empty icon={CalendarClock} title="No waivers" command="fairway waivers request POLICY --owner TEAM --expires 30d --for-namespace NAME --reason … --control …">
        A waiver is a dated exception from a policy: one person asks, another approves, and it ends by itself.
      </Empty>
    );
  return (
    <Panel flush label="Waivers">
      <ul className={classes.list}>
        {sorted.map((waiver) => (
          <li key={waiver.metadata.uid} className={classes.violation}>
            <div className={classes.head}>
              <State value={phaseOf(waiver)} tone={toneOfPhase(phaseOf(waiver))} label={phaseOf(waiver) === 'ExpiringSoon' ? 'Expiring soon' : undefined} />
              <span className={classes.title}>{waiver.spec.policy}</span>
              <span className="fw-muted">{scopeOf(waiver)}</span>
              <Clock waiver={waiver} />
            </div>
            <div>{waiver.spec.reason}</div>
            <div className={classes.sub}>
              {`Instead: ${waiver.spec.compensatingControl}. Owner ${waiver.spec.owner}; asked by ${waiver.spec.requestedBy ?? 'nobody'} `}
              <Age at={waiver.metadata.creationTimestamp} suffix=" ago" />
              {waiver.spec.approval && `, approved by ${waiver.spec.approval.by}`}
              {`. Objects covered: ${waiver.status?.uses ?? 0}.${phaseOf(waiver) === 'Invalid' ? ` Not honoured: ${waiver.status?.message ?? ''}.` : ''}`}
            </div>
            {['Requested', 'Active', 'ExpiringSoon'].includes(phaseOf(waiver)) && (
              <div className={classes.filters}>
                {phaseOf(waiver) === 'Requested' && (
                  <Button size="compact-xs" onClick={() => confirm(act(waiver, 'approve'))} aria-label={`Approve: ${waiver.metadata.name}`}>
                    Approve
                  </Button>
                )}
                <Button size="compact-xs" variant="default" onClick={() => confirm(act(waiver, 'reject'))} aria-label={`${phaseOf(waiver) === 'Requested' ? 'Deny' : 'End now'}: ${waiver.metadata.name}`}>
                  {phaseOf(waiver) === 'Requested' ? 'Deny' : 'End now'}
                </Button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Clock({ waiver }: { waiver: Waiver }) {
  if (['Expired', 'Rejected'].includes(phaseOf(waiver))) return <span className="fw-muted">ended</span>;
  const days = Math.floor((Date.parse(waiver.spec.expiresAt) - Date.now()) / 86_400_000);
  return <span title={waiver.spec.expiresAt}>ends in {days >= 2 ? `${days} days` : <Countdown to={waiver.spec.expiresAt} />}</span>;
}

function phaseOf(waiver: Waiver): string {
  return waiver.status?.phase ?? 'Requested';
}

function scopeOf(waiver: Waiver): string {
  return Object.entries(waiver.spec.scope)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : JSON.stringify(value)}`)
    .join('; ');
}

function act(waiver: Waiver, verb: 'approve' | 'reject'): Act {
  const approves = verb === 'approve';
  return {
    title: approves ? `Approve the waiver of ${waiver.spec.policy}` : `End the waiver of ${waiver.spec.policy}`,
    consequences: approves
      ? [`${waiver.spec.policy} is not held against ${scopeOf(waiver)} until ${waiver.spec.expiresAt}.`, 'It counts on files, in pipelines, at admission and in the audit.', 'The approval is recorded in the ledger with your name. Nobody approves their own.']
      : [`${waiver.spec.policy} holds again for ${scopeOf(waiver)} at once.`, 'The decision is recorded in the ledger with your name.'],
    verb: approves ? 'Approve' : 'End it',
    destructive: !approves,
    command: `fairway waivers ${verb} ${waiver.metadata.name} -n ${namespaceOf(waiver)}`,
    done: approves ? 'The waiver is in force' : 'The waiver has ended',
    run: () => policyApi.waiver(namespaceOf(waiver), waiver.metadata.name, verb),
  };
}
