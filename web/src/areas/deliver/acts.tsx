import { api } from '../../api/fairway';
import { namespaceOf, type Application, type EnvironmentSpec, type Promotion, type Release, type Rollout } from '../../api/kinds';
import type { Act } from '../../ui/confirm';
import { clusterOf, describeStep, type Stop } from './model';

/** Brings a release into an environment now. */
export function promoteAct(stop: Stop, release: Release): Act {
  const { application, spec } = stop;
  const namespace = namespaceOf(application);
  return {
    title: `Promote ${release.spec.version} to ${spec.name}`,
    consequences: [
      <>
        <b>{application.metadata.name}</b> in {spec.name} moves from {stop.release?.spec.version ?? 'nothing'} to <b>{release.spec.version}</b>.
      </>,
      howItArrives(application, spec, stop.release !== undefined),
      ...(stop.promotion ? [<>The promotion under way ({stop.incoming?.spec.version ?? stop.promotion.spec.release}) is superseded.</>] : []),
      'You can abort it while it runs, and roll back afterwards.',
    ],
    verb: `Promote to ${spec.name}`,
    command: `fairway apps promote ${application.metadata.name} ${spec.name} --release ${release.metadata.name} -n ${namespace}`,
    done: `${release.spec.version} is on its way to ${spec.name}`,
    run: () => api.promote(namespace, application.metadata.name, spec.name, release.metadata.name),
  };
}

/** Returns to a release that ran healthy here before. */
export function rollbackAct(stop: Stop, release: Release): Act {
  const { application, spec } = stop;
  const namespace = namespaceOf(application);
  return {
    title: `Roll ${spec.name} back to ${release.spec.version}`,
    consequences: [
      <>
        <b>{application.metadata.name}</b> in {spec.name} returns from {stop.release?.spec.version ?? 'nothing'} to <b>{release.spec.version}</b>, which ran healthy here before.
      </>,
      objects(stop),
      ...(stop.rollout ? ['The rollout in flight is ended and its canary removed.'] : []),
      'It is a commit on the environment branch like any other: promote again to undo it.',
    ],
    verb: 'Roll back',
    destructive: true,
    command: `fairway apps promote ${application.metadata.name} ${spec.name} --release ${release.metadata.name} -n ${namespace}`,
    done: `${spec.name} returns to ${release.spec.version}`,
    run: () => api.promote(namespace, application.metadata.name, spec.name, release.metadata.name),
  };
}

export function approveAct(promotion: Promotion): Act {
  const { application, environment, release } = promotion.spec;
  return {
    title: `Approve for ${environment}`,
    consequences: [
      <>
        <b>{release}</b> of {application} enters {environment} at once.
      </>,
      'The approval is recorded in the ledger with your name.',
      'You can abort the promotion while it runs, and roll back afterwards.',
    ],
    verb: 'Approve',
    command: `fairway promotions approve ${promotion.metadata.name} -n ${namespaceOf(promotion)}`,
    done: `Approved for ${environment}`,
    run: () => api.promotion(namespaceOf(promotion), promotion.metadata.name, 'approve'),
  };
}

export function abortPromotionAct(promotion: Promotion): Act {
  const { application, environment, release } = promotion.spec;
  return {
    title: `Abort the promotion to ${environment}`,
    consequences: [
      <>
        <b>{release}</b> of {application} does not enter {environment}; {promotion.status?.previousRelease ? `${promotion.status.previousRelease} stays or returns` : 'what runs there stays'}.
      </>,
      'Other environments are not touched. The release can be promoted again.',
    ],
    verb: 'Abort promotion',
    destructive: true,
    command: `fairway promotions abort ${promotion.metadata.name} -n ${namespaceOf(promotion)}`,
    done: `The promotion to ${environment} is aborted`,
    run: () => api.promotion(namespaceOf(promotion), promotion.metadata.name, 'abort'),
  };
}

export function promoteRolloutAct(rollout: Rollout): Act {
  const left = rollout.spec.canary.steps.slice(rollout.status?.step ?? 0);
  const analyses = left.filter((step) => step.analysis).length;
  return {
    title: `Promote to 100 % in ${rollout.spec.environment}`,
    consequences: [
      `${count(left.length, 'step')} left ${left.length === 1 ? 'is' : 'are'} skipped${analyses ? `, ${analyses} of them an analysis: nothing judges the new version any more` : ''}.`,
      `All traffic of ${rollout.spec.application} in ${rollout.spec.environment} goes to the new version (${rollout.status?.weight ?? 0} % now).`,
    ],
    verb: 'Promote to 100 %',
    command: `fairway rollouts promote ${rollout.metadata.name} --full -n ${namespaceOf(rollout)}`,
    done: `${rollout.metadata.name} goes to 100 %`,
    run: () => api.rollout(namespaceOf(rollout), rollout.metadata.name, 'promote', { full: true }),
  };
}

export function abortRolloutAct(rollout: Rollout): Act {
  return {
    title: `Abort the rollout in ${rollout.spec.environment}`,
    consequences: [
      `The ${rollout.status?.weight ?? 0} % of traffic on the new version returns to ${rollout.spec.stableRelease ?? 'the stable version'}.`,
      'The canary (1 Deployment, 1 Service) is removed once it serves nothing.',
      'A commit on the environment branch pins the stable release; the next good release moves on from there.',
    ],
    verb: 'Abort and return',
    destructive: true,
    command: `fairway rollouts abort ${rollout.metadata.name} -n ${namespaceOf(rollout)}`,
    done: `${rollout.metadata.name} is aborted`,
    run: () => api.rollout(namespaceOf(rollout), rollout.metadata.name, 'abort'),
  };
}

export function pauseAct(rollout: Rollout): Act {
  return {
    title: `Hold the rollout in ${rollout.spec.environment}`,
    consequences: [`Traffic stays at ${rollout.status?.weight ?? 0} % on the new version until someone resumes.`, 'Deadlines do not run while it is held.'],
    verb: 'Hold here',
    command: `fairway rollouts pause ${rollout.metadata.name} -n ${namespaceOf(rollout)}`,
    done: `${rollout.metadata.name} is held`,
    run: () => api.rollout(namespaceOf(rollout), rollout.metadata.name, 'pause'),
  };
}

export function resumeAct(rollout: Rollout): Act {
  const step = rollout.spec.canary.steps[(rollout.status?.step ?? 0) + (rollout.spec.paused ? 0 : 1)];
  return {
    title: `Go on with the rollout in ${rollout.spec.environment}`,
    consequences: [step ? `Next: ${describeStep(step).toLowerCase()}.` : 'Next: the new version replaces the stable one.', `Traffic on the new version now: ${rollout.status?.weight ?? 0} %.`],
    verb: 'Go on',
    command: `fairway rollouts resume ${rollout.metadata.name} -n ${namespaceOf(rollout)}`,
    done: `${rollout.metadata.name} goes on`,
    run: () => api.rollout(namespaceOf(rollout), rollout.metadata.name, 'resume'),
  };
}

function howItArrives(application: Application, spec: EnvironmentSpec, replaces: boolean): string {
  const steps = spec.strategy?.canary?.steps;
  if (!steps || !replaces) return `Objects in ${clusterOf(spec)}/${spec.namespace ?? application.metadata.name} are updated by a rolling update.`;
  const first = steps.find((step) => step.setWeight !== undefined)?.setWeight;
  return `Traffic moves by canary in ${count(steps.length, 'step')}, ${first ?? 0} % first; a failed analysis returns it.`;
}

function objects(stop: Stop): string {
  const managed = stop.status?.resources?.length ?? 0;
  return managed ? `${count(managed, 'object')} in ${clusterOf(stop.spec)} may change.` : `Objects in ${clusterOf(stop.spec)} change.`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
