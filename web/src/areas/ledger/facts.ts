import type { LedgerItem } from '../../api/fairway';
import type { Tone } from '../../ui/status';

const verbs: Record<string, (item: LedgerItem) => string> = {
  'push.received': (item) => `Push to ${short(item.data?.ref) ?? 'a branch'}${item.data?.message ? `: ${firstLine(item.data.message)}` : ''}`,
  'run.started': (item) => `Run ${item.subject ?? ''} began`,
  'run.finished': (item) => `Run ${item.subject ?? ''} ended${item.data?.conclusion ? `: ${String(item.data.conclusion)}` : ''}`,
  'release.created': (item) => `Release ${item.release ?? ''} recorded`,
  'promotion.requested': (item) => `${item.release} asked into ${item.environment}`,
  'promotion.approved': (item) => `${item.release} approved for ${item.environment}`,
  'promotion.started': (item) => `${item.release} goes to ${item.environment}`,
  'promotion.succeeded': (item) => `${item.release} runs healthy in ${item.environment}`,
  'promotion.failed': (item) => `${item.release} failed in ${item.environment}`,
  'promotion.aborted': (item) => `${item.release} was stopped on its way to ${item.environment}`,
  'promotion.superseded': (item) => `${item.release} gave way to a newer release in ${item.environment}`,
  'rollout.started': (item) => `Canary of ${item.release} began in ${item.environment}`,
  'rollout.step': (item) => `${item.release} takes ${String(item.data?.weight ?? '?')} % of traffic in ${item.environment}`,
  'rollout.analysis': (item) => `Analysis of ${item.release} in ${item.environment}: ${String(item.data?.phase ?? '')}`,
  'rollout.succeeded': (item) => `${item.release} took all traffic in ${item.environment}`,
  'rollout.aborted': (item) => `Canary of ${item.release} was taken back in ${item.environment}`,
  'rollback.committed': (item) => `${item.environment} pinned to ${item.release}`,
  'sync.applied': (item) => `${item.environment} synced with its branch`,
  'drift.healed': (item) => `Drift in ${item.environment} was put back`,
};

/** A fact as a sentence; a type that this page does not know is shown by its name. */
export function sentenceOf(item: LedgerItem): string {
  const sentence = verbs[item.type]?.(item) ?? [item.type, item.release, item.environment].filter(Boolean).join(' ');
  return item.application && !sentence.includes(item.application) ? `${item.application}: ${sentence}` : sentence;
}

export function toneOfFact(item: LedgerItem): Tone {
  if (/\.(failed|aborted)$/.test(item.type) || item.type === 'rollback.committed' || item.data?.conclusion === 'failure' || item.data?.phase === 'Failed') return 'bad';
  if (/\.(succeeded|created|approved)$/.test(item.type) || item.data?.conclusion === 'success' || item.data?.phase === 'Successful') return 'ok';
  return 'idle';
}

function short(ref: unknown): string | undefined {
  return typeof ref === 'string' ? ref.replace(/^refs\/(heads|tags)\//, '') : undefined;
}

function firstLine(text: unknown): string {
  return String(text).split('\n')[0] ?? '';
}
