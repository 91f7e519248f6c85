import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ArrowUp } from 'lucide-react';
import { namespaceOf } from '../../../api/kinds';
import { Age, Countdown } from '../../../ui/Age';
import { useConfirm } from '../../../ui/confirm';
import { State } from '../../../ui/State';
import { useGlow } from '../../../ui/useGlow';
import { Version } from '../../../ui/Version';
import { approveAct } from '../acts';
import { actorName, firstLine, nextOf, type Stop } from '../model';
import { StepTrack } from '../StepTrack';
import { StopMenu } from '../StopMenu';
import classes from './BoardCell.module.css';

/** What runs in one environment, and what is on its way there. */
export function BoardCell({ stop }: { stop: Stop }) {
  const { application, spec, status, rollout, promotion } = stop;
  const glow = useGlow(`${status?.version ?? ''} ${rollout?.status?.step ?? ''} ${promotion?.status?.phase ?? ''}`);
  const params = { namespace: namespaceOf(application), application: application.metadata.name };
  return (
    <div key={glow.key} className={`${classes.cell} ${glow.className}`} data-flight={rollout ? true : undefined}>
      <div className={classes.top}>
        {status?.release ? (
          <Link to="/apps/$namespace/$application" params={params} search={{ release: status.release }} className={classes.version}>
            <Version value={status.version} large />
          </Link>
        ) : (
          <Version value={undefined} large />
        )}
        <State value={stop.state.word} tone={stop.state.tone} label={stop.state.word} />
        <span className={classes.menu}>
          <StopMenu stop={stop} />
        </span>
      </div>
      {rollout ? <Flight stop={stop} /> : <Rest stop={stop} />}
      {!rollout && promotion?.status?.phase === 'AwaitingApproval' && <Approval stop={stop} />}
      {!rollout && promotion && promotion.status?.phase !== 'AwaitingApproval' && (
        <div className={classes.note}>
          <Version value={stop.incoming?.spec.version ?? promotion.spec.release} /> {promotion.status?.waitingFor?.what ?? promotion.status?.message ?? `on its way to ${spec.name}`}
        </div>
      )}
    </div>
  );
}

function Flight({ stop }: { stop: Stop }) {
  const { rollout, application } = stop;
  if (!rollout) return null;
  const next = nextOf(rollout);
  const steps = rollout.spec.canary.steps.length;
  return (
    <Link
      to="/apps/$namespace/$application/rollouts/$rollout"
      params={{ namespace: namespaceOf(application), application: application.metadata.name, rollout: rollout.metadata.name }}
      className={classes.flight}
    >
      <StepTrack rollout={rollout} />
      <span className={classes.flightLine}>
        <b>{rollout.status?.weight ?? 0} %</b>
        <span>
          on <Version value={stop.incoming?.spec.version ?? rollout.spec.release} />
        </span>
        <span className={classes.right}>
          step {Math.min((rollout.status?.step ?? 0) + 1, steps)} of {steps}
        </span>
      </span>
      <span className={classes.detail}>
        {next.now}
        {next.at !== undefined && (
          <>
            {' · '}
            <Countdown to={next.at} />
          </>
        )}
      </span>
    </Link>
  );
}

function Rest({ stop }: { stop: Stop }) {
  const { status, release } = stop;
  if (!status?.release) {
    return <div className={classes.detail}>{stop.newer[0] ? `${stop.newer[0].spec.version} has not come this far` : 'Push a commit to make the first release'}</div>;
  }
  return (
    <>
      <div className={classes.detail} data-quiet>{status.health !== 'Healthy' && status.message ? status.message : firstLine(release?.spec.commit.message)}</div>
      <div className={classes.meta} data-quiet>
        <span>
          <Age at={status.since} suffix=" ago" /> by {actorName(status.by)}
        </span>
        {status.sync === 'OutOfSync' && <State value="OutOfSync" />}
        {stop.newer.length > 0 && !stop.promotion && (
          <span className={classes.newer}>
            <ArrowUp size={12} aria-hidden /> {stop.newer.length} newer
          </span>
        )}
      </div>
    </>
  );
}

function Approval({ stop }: { stop: Stop }) {
  const confirm = useConfirm();
  const { promotion } = stop;
  if (!promotion) return null;
  return (
    <div className={classes.approval}>
      <State value="AwaitingApproval" label="Awaits approval:" />
      <Version value={stop.incoming?.spec.version ?? promotion.spec.release} />
      <Button className={classes.approve} size="compact-xs" onClick={() => confirm(approveAct(promotion))}>
        Approve
      </Button>
    </div>
  );
}
