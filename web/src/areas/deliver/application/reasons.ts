import type { Promotion, Release } from '../../../api/kinds';
import type { WhyLink } from '../../../api/why';
import { parseDuration, span } from '../../../api/time';
import { isEnded, type Stop } from '../model';

/**
 * Why a release is not in an environment yet: each condition of its way in, and whether it holds. Said from the same
 * resources that the controllers decide by.
 */
export function reasonsOf(release: Release, stop: Stop, before: Stop | undefined, promotion: Promotion | undefined, now: number): readonly WhyLink[] {
  const reasons: WhyLink[] = [];
  const environment = stop.spec.name;
  if (release.status?.phase === 'Refused') reasons.push({ what: `Its manifests cannot be rendered: ${release.status.message ?? 'no reason given'}`, ok: false });
  if (before) {
    const name = before.spec.name;
    const verified = release.status?.verifiedIn?.find((entry) => entry.environment === name);
    const failed = release.status?.failedIn?.find((entry) => entry.environment === name);
    if (failed && !verified) reasons.push({ what: `It failed in ${name}`, detail: failed.message, ok: false });
    else if (!verified) reasons.push({ what: before.status?.release === release.metadata.name ? `It is not healthy in ${name} yet` : `It has to run healthy in ${name} first`, detail: before.status?.message, ok: false });
    else reasons.push({ what: `It ran healthy in ${name}`, ok: true, at: verified.at });
    const soak = soakOf(stop.spec.gate?.soak, verified?.at, now);
    if (soak) reasons.push(soak);
  }
  const other = stop.promotion && stop.promotion.spec.release !== release.metadata.name ? stop.promotion : undefined;
  if (other) reasons.push({ what: `${environment} is busy with ${stop.incoming?.spec.version ?? other.spec.release}`, detail: other.status?.waitingFor?.what, ok: false });
  const newer = stop.newer.find((candidate) => (candidate.spec.number ?? 0) > (release.spec.number ?? 0));
  if (newer && !promotion) reasons.push({ what: `A newer release exists (${newer.spec.version}); the newest that may enter goes first` });
  if (promotion && !isEnded(promotion) && promotion.status?.waitingFor && promotion.status.phase !== 'AwaitingApproval') reasons.push({ what: `The promotion waits for ${promotion.status.waitingFor.what}`, ok: false });
  if (stop.spec.gate?.type === 'Approval') {
    const approval = promotion?.spec.approval;
    reasons.push(approval ? { what: `Approved by ${approval.by}`, at: approval.at, ok: true } : { what: `A person has to approve it for ${environment}`, ok: false });
  }
  return reasons;
}

function soakOf(soak: string | undefined, since: string | undefined, now: number): WhyLink | undefined {
  const wanted = parseDuration(soak);
  if (!wanted) return undefined;
  if (!since) return { what: `Then it soaks there for ${soak}`, ok: false };
  const left = Date.parse(since) + wanted - now;
  return left <= 0 ? { what: `The soak of ${soak} is over`, ok: true } : { what: `It soaks for ${soak}: ${span(left)} left`, ok: false };
}
