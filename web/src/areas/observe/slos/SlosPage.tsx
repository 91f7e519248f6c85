import { useQuery } from '@tanstack/react-query';
import { Gauge } from 'lucide-react';
import { useState } from 'react';
import { telemetry, type SloObjective, type SloStatus } from '../../../api/telemetry';
import { exact } from '../../../api/time';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { useNow } from '../../../ui/now';
import { Page } from '../../../ui/Page';
import { Panel } from '../../../ui/Panel';
import { State } from '../../../ui/State';
import type { Tone } from '../../../ui/status';
import { short } from '../series';
import { Tabs } from '../Tabs';
import { BurnDownChart } from './BurnDownChart';
import classes from './SlosPage.module.css';

/** Every SLO with what is left of its budget; the scarcest first. */
export function SlosPage() {
  const minute = Math.floor(useNow() / 60_000);
  const answer = useQuery({ queryKey: ['slos', minute], queryFn: ({ signal }) => telemetry.slos(signal), placeholderData: (previous) => previous, retry: false });
  const slos = [...(answer.data?.items ?? [])].sort((left, right) => (left.remaining ?? 2) - (right.remaining ?? 2) || left.name.localeCompare(right.name));
  return (
    <Page title="SLOs" meta={answer.data && <span>{slos.length} promises, and what is left of each error budget.</span>}>
      <Tabs />
      {answer.error && <Failure error={answer.error} what="The SLOs could not be read." retry={() => void answer.refetch()} />}
      {answer.isPending && <LoadingRows />}
      {answer.data?.problems.map((problem) => (
        <p key={problem} className={classes.problem} role="alert">
          {problem}
        </p>
      ))}
      {answer.data && slos.length === 0 && (
        <Panel flush label="SLOs">
          <Empty icon={Gauge} title="No SLO yet" command="fairway up --slos slos/">
            Write what you promise as OpenSLO v1 files: availability or latency, over a rolling or a calendar window. Budgets, burn-rate alerts and gates follow from them.
          </Empty>
        </Panel>
      )}
      <div className={classes.list}>
        {slos.map((slo) => (
          <Card key={slo.name} slo={slo} />
        ))}
      </div>
    </Page>
  );
}

function Card({ slo }: { slo: SloStatus }) {
  const [shown, setShown] = useState(slo.objectives[0]?.name ?? '');
  return (
    <Panel title={slo.displayName ?? slo.name} aside={<State {...stateOf(slo.remaining)} soft />}>
      <p className={classes.about}>
        {slo.service} · {slo.method.toLowerCase()} over {slo.window} · since {exact(slo.from)}
        {slo.description && <> · {slo.description}</>}
      </p>
      <ul className={classes.objectives}>
        {slo.objectives.map((objective) => (
          <Objective key={objective.name} objective={objective} chosen={objective.name === shown} choose={() => setShown(objective.name)} />
        ))}
      </ul>
      {shown && <BurnDownChart slo={slo.name} objective={shown} />}
      {slo.corrections.length > 0 && (
        <ul className={classes.corrections}>
          {slo.corrections.map((one) => (
            <li key={one.from}>
              Not counted: {exact(one.from)} – {exact(one.to)}, {one.reason}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Objective({ objective, chosen, choose }: { objective: SloObjective; chosen: boolean; choose: () => void }) {
  const left = objective.remaining;
  return (
    <li>
      <button type="button" className={classes.objective} aria-pressed={chosen} onClick={choose}>
        <span className={classes.name}>{objective.displayName ?? objective.name}</span>
        <span className={classes.figures}>
          <b>{objective.ratio === null ? 'not measured' : `${Number((objective.ratio * 100).toFixed(4))} %`}</b> of {Number((objective.target * 100).toFixed(4))} %
        </span>
        <span className={classes.budget} aria-hidden>
          <span className={classes.left} data-tone={stateOf(left).tone} style={{ width: `${Math.max(0, Math.min(1, left ?? 0)) * 100}%` }} />
        </span>
        <span className={classes.figures}>
          {left === null ? 'budget unknown' : `${Number((left * 100).toFixed(1))} % left`}
          {objective.burnRate !== null && ` · burning ${short(objective.burnRate)}×`}
        </span>
      </button>
    </li>
  );
}

function stateOf(remaining: number | null): { value: string; tone: Tone } {
  if (remaining === null) return { value: 'Not measured', tone: 'idle' };
  if (remaining <= 0) return { value: 'Budget spent', tone: 'bad' };
  return remaining < 0.2 ? { value: 'Budget low', tone: 'wait' } : { value: 'Within budget', tone: 'ok' };
}
