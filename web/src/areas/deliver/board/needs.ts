import type { Application, PipelineRun, Promotion, Rollout } from '../../../api/kinds';
import { namespaceOf } from '../../../api/kinds';
import { firstLine, waitsForPerson, type Delivery } from '../model';

/** Something that does not go on without a person. */
export type Need =
  | { readonly kind: 'approval'; readonly id: string; readonly promotion: Promotion; readonly since: string | undefined; readonly title: string; readonly detail: string }
  | { readonly kind: 'held'; readonly id: string; readonly rollout: Rollout; readonly since: string | undefined; readonly title: string; readonly detail: string }
  | { readonly kind: 'failedRun'; readonly id: string; readonly run: PipelineRun; readonly since: string | undefined; readonly title: string; readonly detail: string }
  | { readonly kind: 'unhealthy'; readonly id: string; readonly application: Application; readonly environment: string; readonly since: string | undefined; readonly title: string; readonly detail: string };

/** What needs a person, longest waiting first. A failed run counts until a later one of the same workflow ends well. */
export function needsOf(applications: readonly Application[], delivery: Delivery, runs: readonly PipelineRun[]): readonly Need[] {
  const needs: Need[] = [];
  const versions = new Map(delivery.releases.map((release) => [`${namespaceOf(release)}/${release.metadata.name}`, release]));
  for (const promotion of delivery.promotions) {
    if (promotion.status?.phase !== 'AwaitingApproval') continue;
    const release = versions.get(`${namespaceOf(promotion)}/${promotion.spec.release}`);
    needs.push({
      kind: 'approval',
      id: promotion.metadata.uid,
      promotion,
      since: promotion.status.waitingFor?.since ?? promotion.metadata.creationTimestamp,
      title: `Approve ${promotion.spec.application} ${release?.spec.version ?? promotion.spec.release} for ${promotion.spec.environment}`,
      detail: firstLine(release?.spec.commit.message),
    });
  }
  for (const rollout of delivery.rollouts) {
    if (!waitsForPerson(rollout)) continue;
    needs.push({
      kind: 'held',
      id: rollout.metadata.uid,
      rollout,
      since: rollout.status?.stepStartedAt,
      title: `${rollout.spec.application} in ${rollout.spec.environment} is held at ${rollout.status?.weight ?? 0} %`,
      detail: rollout.status?.waitingFor?.what ?? 'It waits for a person to go on',
    });
  }
  for (const run of latestRuns(runs)) {
    const phase = run.status?.phase;
    if (phase !== 'Failed' && phase !== 'Refused') continue;
    needs.push({
      kind: 'failedRun',
      id: run.metadata.uid,
      run,
      since: run.status?.finishedAt,
      title: `Run ${run.spec.repository} #${run.spec.number} ${phase === 'Failed' ? 'failed' : 'was refused'}`,
      detail: run.status?.message ?? firstLine(run.spec.commitMessage),
    });
  }
  for (const application of applications)
    for (const environment of application.status?.environments ?? []) {
      if (environment.health !== 'Degraded' && environment.health !== 'Missing') continue;
      if (!environment.release) continue;
      needs.push({
        kind: 'unhealthy',
        id: `${application.metadata.uid}/${environment.name}`,
        application,
        environment: environment.name,
        since: undefined,
        title: `${application.metadata.name} in ${environment.name} is ${environment.health.toLowerCase()}`,
        detail: environment.message ?? '',
      });
    }
  return needs.sort((a, b) => (a.since ?? '').localeCompare(b.since ?? ''));
}

function latestRuns(runs: readonly PipelineRun[]): Iterable<PipelineRun> {
  const latest = new Map<string, PipelineRun>();
  for (const run of runs) {
    if (run.status?.phase === 'Cancelled') continue;
    const key = [namespaceOf(run), run.spec.repository, run.spec.workflow, run.spec.ref].join(' ');
    const known = latest.get(key);
    if (!known || (run.spec.number ?? 0) > (known.spec.number ?? 0)) latest.set(key, run);
  }
  return latest.values();
}
