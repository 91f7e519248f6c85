import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { namespaceOf, type Release } from '../../../api/kinds';
import { useConfirm } from '../../../ui/confirm';
import { useNow } from '../../../ui/now';
import { StateIcon, toneColor } from '../../../ui/StateIcon';
import { approveAct, promoteAct } from '../acts';
import type { Stop } from '../model';
import { StepTrack } from '../StepTrack';
import type { Leg } from './journey';
import { JourneyStep } from './JourneyStep';
import classes from './JourneyTab.module.css';
import { reasonsOf } from './reasons';

interface Props {
  readonly leg: Leg;
  readonly release: Release;
  /** The environment that comes first. */
  readonly before: Stop | undefined;
}

/** A release in one environment: there, on its way, or why not yet. */
export function JourneyLeg({ leg, release, before }: Props) {
  const { stop } = leg;
  const { rollout } = stop;
  const flying = rollout?.spec.release === release.metadata.name ? rollout : undefined;
  return (
    <JourneyStep
      tone={leg.tone}
      at={leg.at}
      title={
        <>
          {stop.spec.name}
          <span style={{ color: leg.tone === 'idle' ? 'var(--fw-text-2)' : toneColor[leg.tone] }}>{leg.word}</span>
        </>
      }
      aside={<LegActions leg={leg} release={release} />}
    >
      {flying && (
        <Link
          to="/apps/$namespace/$application/rollouts/$rollout"
          params={{ namespace: namespaceOf(flying), application: flying.spec.application, rollout: flying.metadata.name }}
          className={classes.flight}
        >
          <StepTrack rollout={flying} />
          <span>
            <b>{flying.status?.weight ?? 0} %</b> of traffic
          </span>
        </Link>
      )}
      {leg.detail && !leg.waiting && <span className="fw-muted">{leg.detail}</span>}
      {leg.waiting && <WhyNotYet leg={leg} release={release} before={before} />}
    </JourneyStep>
  );
}

function LegActions({ leg, release }: { leg: Leg; release: Release }) {
  const confirm = useConfirm();
  const { promotion, stop } = leg;
  if (promotion?.status?.phase === 'AwaitingApproval')
    return (
      <div className={classes.actions}>
        <Button onClick={() => confirm(approveAct(promotion))}>Approve</Button>
      </div>
    );
  if (!leg.waiting || promotion) return null;
  return (
    <div className={classes.actions}>
      <Button variant="default" onClick={() => confirm(promoteAct(stop, release))}>
        Promote to {stop.spec.name}
      </Button>
    </div>
  );
}

/** Each condition of the way in, and whether it holds. */
function WhyNotYet({ leg, release, before }: Props) {
  const now = useNow();
  const reasons = reasonsOf(release, leg.stop, before, leg.promotion, now);
  if (reasons.length === 0) return null;
  return (
    <div className={classes.why}>
      <span className={classes.whyTitle}>Why not yet?</span>
      <ul>
        {reasons.map((reason) => (
          <li key={reason.what}>
            <StateIcon tone={reason.ok === true ? 'ok' : reason.ok === false ? 'wait' : 'idle'} />
            <span>
              {reason.what}
              {reason.detail && <span className="fw-muted"> {reason.detail}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
