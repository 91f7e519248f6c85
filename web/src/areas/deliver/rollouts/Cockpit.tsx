import { Button, Group } from '@mantine/core';
import { FastForward, OctagonX, Pause, Play } from 'lucide-react';
import { namespaceOf, type AnalysisRun, type Rollout } from '../../../api/kinds';
import { useFairway } from '../../../api/watch/useWatch';
import { Age, Countdown, Elapsed } from '../../../ui/Age';
import { useConfirm } from '../../../ui/confirm';
import { Panel } from '../../../ui/Panel';
import { State } from '../../../ui/State';
import { toneOf } from '../../../ui/status';
import { abortRolloutAct, pauseAct, promoteRolloutAct, resumeAct } from '../acts';
import { describeStep, isEnded, nextOf, waitsForPerson } from '../model';
import { Analysis } from './Analysis';
import classes from './Cockpit.module.css';
import { Sides } from './Sides';
import { TrafficBar } from './TrafficBar';
import { useTraffic } from './useTraffic';

/** One traffic shift: where it is, how both versions do, what comes next, and the levers. */
export function Cockpit({ rollout }: { rollout: Rollout }) {
  const ended = isEnded(rollout);
  const traffic = useTraffic(rollout);
  return (
    <div className={classes.cockpit}>
      <Panel
        label={`Rollout ${rollout.metadata.name}`}
        title={
          <span className={classes.title}>
            {rollout.spec.release} <span className="fw-muted">to {rollout.spec.environment}</span>
            <State value={waitsForPerson(rollout) ? 'Paused' : (rollout.status?.phase ?? 'Pending')} soft />
          </span>
        }
        aside={
          <span>
            {ended ? 'took' : 'for'} <Elapsed from={rollout.status?.startedAt ?? rollout.metadata.creationTimestamp} to={rollout.status?.finishedAt} />
          </span>
        }
      >
        <TrafficBar rollout={rollout} />
        <Targets rollout={rollout} />
        <Steps rollout={rollout} />
        {ended ? <Outcome rollout={rollout} /> : <NextAndLevers rollout={rollout} />}
      </Panel>
      <Sides rollout={rollout} traffic={traffic} />
      <AnalysisOf rollout={rollout} />
      <History rollout={rollout} />
    </div>
  );
}

/** The workloads that move, and how many of their replicas are ready. */
function Targets({ rollout }: { rollout: Rollout }) {
  const targets = rollout.status?.targets ?? [];
  if (targets.length === 0 || isEnded(rollout)) return null;
  return (
    <ul className={classes.targets} aria-label="Workloads">
      {targets.map((target) => (
        <li key={target.deployment}>
          <span>
            {target.deployment} <span className="fw-muted">{target.stableReady} ready</span>
          </span>
          <span>
            {target.canaryDeployment}{' '}
            <span className="fw-muted">
              {target.canaryReady} of {target.canaryReplicas} ready
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Steps({ rollout }: { rollout: Rollout }) {
  const at = rollout.status?.step ?? 0;
  const aborted = rollout.status?.phase === 'Aborted' || rollout.status?.phase === 'Aborting';
  return (
    <ol className={classes.steps} aria-label="Steps">
      {rollout.spec.canary.steps.map((step, index) => {
        const state = index < at ? 'done' : index > at || isEnded(rollout) ? (aborted && index === at ? 'failed' : 'ahead') : 'now';
        return (
          <li key={index} className={classes.step} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
            <span className={classes.index} aria-hidden>
              {state === 'done' ? '✓' : state === 'failed' ? '✕' : index + 1}
            </span>
            {describeStep(step)}
          </li>
        );
      })}
    </ol>
  );
}

function NextAndLevers({ rollout }: { rollout: Rollout }) {
  const confirm = useConfirm();
  const next = nextOf(rollout);
  const held = waitsForPerson(rollout);
  const steering = rollout.status?.phase !== 'Aborting' && rollout.status?.phase !== 'Finishing';
  return (
    <div className={classes.next}>
      <dl className={classes.plan} aria-live="polite">
        <div>
          <dt>Now</dt>
          <dd>
            {next.now}
            {next.at !== undefined && (
              <b className={classes.clock}>
                <Countdown to={next.at} />
              </b>
            )}
          </dd>
        </div>
        <div>
          <dt>Then</dt>
          <dd className="fw-muted">{next.then}</dd>
        </div>
      </dl>
      {steering && (
        <Group gap={8}>
          {held ? (
            <Button leftSection={<Play size={14} />} onClick={() => confirm(resumeAct(rollout))}>
              Go on
            </Button>
          ) : (
            <Button variant="default" leftSection={<Pause size={14} />} onClick={() => confirm(pauseAct(rollout))}>
              Hold
            </Button>
          )}
          <Button variant="default" leftSection={<FastForward size={14} />} onClick={() => confirm(promoteRolloutAct(rollout))}>
            Promote to 100 %
          </Button>
          <Button variant="default" c="var(--fw-bad)" leftSection={<OctagonX size={14} />} onClick={() => confirm(abortRolloutAct(rollout))}>
            Abort
          </Button>
        </Group>
      )}
    </div>
  );
}

function Outcome({ rollout }: { rollout: Rollout }) {
  const tone = toneOf(rollout.status?.phase);
  return (
    <div className={classes.outcome} data-tone={tone}>
      {rollout.status?.abortReason ?? rollout.status?.message ?? (tone === 'ok' ? 'The new version serves all traffic.' : 'All traffic is on the stable version.')}
    </div>
  );
}

function AnalysisOf({ rollout }: { rollout: Rollout }) {
  const runs = useFairway<AnalysisRun>('analysisruns', namespaceOf(rollout));
  const mine = runs.items
    .filter((run) => run.spec.rollout === rollout.metadata.name)
    .sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '') || b.metadata.name.localeCompare(a.metadata.name));
  const planned = rollout.spec.canary.steps.filter((step) => step.analysis).length;
  if (planned === 0) return null;
  return (
    <Panel title="Analysis" aside={`${mine.length} of ${planned} begun`} flush>
      {mine.length === 0 ? <p className={classes.quiet}>The first analysis begins at step {rollout.spec.canary.steps.findIndex((step) => step.analysis) + 1}.</p> : mine.map((run) => <Analysis key={run.metadata.uid} run={run} />)}
    </Panel>
  );
}

function History({ rollout }: { rollout: Rollout }) {
  const events = [...(rollout.status?.history ?? [])].reverse();
  return (
    <Panel title="What happened" flush>
      {events.length === 0 ? (
        <p className={classes.quiet}>Nothing yet.</p>
      ) : (
        <ol className={classes.history}>
          {events.map((event, index) => (
            <li key={`${event.at}-${index}`}>
              <span className={classes.when}>
                <Age at={event.at} />
              </span>
              <span className={classes.what}>{event.what}</span>
              {event.weight !== undefined && <span className="fw-muted">{event.weight} %</span>}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
