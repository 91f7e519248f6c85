import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { namespaceOf, type Release } from '../../../api/kinds';
import { whyNot } from '../../../api/why';
import { useConfirm } from '../../../ui/confirm';
import { StateIcon, toneColor } from '../../../ui/StateIcon';
import { approveAct, promoteAct } from '../acts';
import { StepTrack } from '../StepTrack';
import type { Leg } from './journey';
import { JourneyStep } from './JourneyStep';
import classes from './JourneyTab.module.css';

/** A release in one environment: there, on its way, or why not yet. */
export function JourneyLeg({ leg, release }: { leg: Leg; release: Release }) {
  const { stop, promotion } = leg;
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
      {leg.detail && <span className="fw-muted">{leg.detail}</span>}
      {leg.waiting && <WhyNotYet leg={leg} token={promotion?.metadata.resourceVersion ?? stop.status?.release ?? ''} />}
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

/** The server's own reasons, asked again when what they stand on has changed. */
function WhyNotYet({ leg, token }: { leg: Leg; token: string }) {
  const { application, spec } = leg.stop;
  const why = useQuery({
    queryKey: ['why', namespaceOf(application), application.metadata.name, spec.name, application.metadata.resourceVersion, token],
    queryFn: ({ signal }) => whyNot(namespaceOf(application), application.metadata.name, spec.name, signal),
    placeholderData: (previous) => previous,
    retry: false,
  });
  if (!why.data || (why.data.links.length === 0 && !why.data.summary)) return null;
  return (
    <div className={classes.why}>
      <span className={classes.whyTitle}>Why not yet?</span>
      {why.data.links.length === 0 && <span>{why.data.summary}</span>}
      <ul>
        {why.data.links.map((link, index) => (
          <li key={index}>
            <StateIcon tone={link.ok === true ? 'ok' : link.ok === false ? 'wait' : 'idle'} />
            <span>
              {link.what}
              {link.detail && <span className="fw-muted"> {link.detail}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
