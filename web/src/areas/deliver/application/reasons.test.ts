import { describe, expect, it } from 'vitest';
import type { Application, Promotion, Release } from '../../../api/kinds';
import { stopOf } from '../model';
import { reasonsOf } from './reasons';

const meta = (name: string) => ({ name, uid: name, namespace: 'shop' });
const at = '2030-01-01T00:00:00Z';
const release = (verified: readonly string[]): Release => ({
  apiVersion: '', kind: 'Release', metadata: meta('web-b'),
  spec: { application: 'web', version: 'b', number: 2, commit: { sha: 'b' } },
  status: { verifiedIn: verified.map((environment) => ({ environment, at })) },
});
const application: Application = {
  apiVersion: '', kind: 'Application', metadata: meta('web'),
  spec: { repository: 'web', environments: [{ name: 'stage' }, { name: 'prod', gate: { type: 'Approval', soak: '5m' } }] },
  status: { environments: [{ name: 'stage', release: 'web-b' }] },
};
const promotion = (of: string): Promotion => ({ apiVersion: '', kind: 'Promotion', metadata: meta(`p-${of}`), spec: { application: 'web', environment: 'prod', release: of }, status: { phase: 'RollingOut' } });
const reasons = (verified: readonly string[], minutes: number, busyWith?: string) => {
  const delivery = { releases: [release(verified)], promotions: busyWith ? [promotion(busyWith)] : [], rollouts: [] };
  const [before, stop] = application.spec.environments.map((spec) => stopOf(application, spec, delivery));
  return reasonsOf(release(verified), stop!, before, undefined, Date.parse(at) + minutes * 60_000).map((reason) => `${reason.ok ? '+' : '-'} ${reason.what}`);
};

describe('reasonsOf', () => {
  it('names the environment that comes first', () => {
    expect(reasons([], 0)[0]).toBe('- It is not healthy in stage yet');
  });
  it('counts the soak down', () => {
    expect(reasons(['stage'], 2)).toEqual(['+ It ran healthy in stage', '- It soaks for 5m: 3m left', '- A person has to approve it for prod']);
  });
  it('says when the soak is over', () => {
    expect(reasons(['stage'], 6)[1]).toBe('+ The soak of 5m is over');
  });
  it('says what is in the way', () => {
    expect(reasons(['stage'], 6, 'web-a')).toContain('- prod is busy with web-a');
  });
});
