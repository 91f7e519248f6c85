import type { PipelineRun, Promotion, Release } from '../../../api/kinds';
import { isEnded, waitsForPerson, type Stop } from '../model';
import type { Tone } from '../../../ui/status';

/** How far one release has come in one environment. */
export interface Leg {
  readonly stop: Stop;
  readonly tone: Tone;
  readonly word: string;
  readonly detail: string;
  readonly at: string | undefined;
  readonly promotion: Promotion | undefined;
  /** True where it is worth asking why it has not come. */
  readonly waiting: boolean;
}

/** What became of a release in an environment, from the release's own record and the promotions of it. */
export function legOf(release: Release, stop: Stop, promotions: readonly Promotion[]): Leg {
  const environment = stop.spec.name;
  const promotion = promotions.find((candidate) => candidate.spec.environment === environment && candidate.spec.release === release.metadata.name);
  const verified = release.status?.verifiedIn?.find((entry) => entry.environment === environment);
  const failed = release.status?.failedIn?.find((entry) => entry.environment === environment);
  const base = { stop, promotion };
  const rollout = stop.rollout?.spec.release === release.metadata.name ? stop.rollout : undefined;

  if (rollout) {
    const held = waitsForPerson(rollout);
    return { ...base, tone: held ? 'wait' : 'motion', word: held ? 'Held' : 'Rolling out', detail: rollout.status?.waitingFor?.what ?? rollout.status?.message ?? '', at: rollout.status?.startedAt, waiting: false };
  }
  if (stop.status?.release === release.metadata.name) {
    return { ...base, tone: stop.state.tone === 'idle' ? 'ok' : stop.state.tone, word: 'Serves here', detail: stop.status.message ?? '', at: stop.status.since, waiting: false };
  }
  if (promotion && !isEnded(promotion)) {
    const awaiting = promotion.status?.phase === 'AwaitingApproval';
    return { ...base, tone: awaiting ? 'wait' : 'motion', word: awaiting ? 'Awaits approval' : 'On its way', detail: promotion.status?.waitingFor?.what ?? promotion.status?.message ?? '', at: promotion.metadata.creationTimestamp, waiting: true };
  }
  if (failed && (!verified || (failed.at ?? '') > (verified.at ?? ''))) return { ...base, tone: 'bad', word: 'Failed here', detail: failed.message ?? '', at: failed.at, waiting: false };
  if (promotion?.status?.phase === 'Failed' || promotion?.status?.phase === 'Aborted') {
    return { ...base, tone: 'bad', word: promotion.status.phase, detail: promotion.status.message ?? '', at: promotion.status.finishedAt, waiting: false };
  }
  if (verified) return { ...base, tone: 'ok', word: 'Was healthy here', detail: 'A later release has taken its place', at: verified.at, waiting: false };
  const passed = stop.release && (stop.release.spec.number ?? 0) > (release.spec.number ?? 0);
  if (passed) return { ...base, tone: 'idle', word: 'Skipped', detail: 'A later release went ahead of it', at: undefined, waiting: false };
  return { ...base, tone: 'idle', word: 'Not yet', detail: '', at: undefined, waiting: true };
}

export function runOf(release: Release, runs: readonly PipelineRun[]): PipelineRun | undefined {
  return runs.find((run) => run.metadata.namespace === release.metadata.namespace && run.metadata.name === release.spec.run);
}
