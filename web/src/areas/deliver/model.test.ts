import { describe, expect, it } from 'vitest';
import type { Application, Promotion, Release, Rollout } from '../../api/kinds';
import { nextOf, stopOf, waitsForPerson } from './model';

const meta = (name: string, at = '2030-01-01T00:00:00Z') => ({ name, uid: name, namespace: 'shop', creationTimestamp: at });
const release = (version: string, number: number, verified: readonly string[] = []): Release => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Release',
  metadata: meta(`web-${version}`),
  spec: { application: 'web', version, number, commit: { sha: version } },
  status: { verifiedIn: verified.map((environment) => ({ environment })) },
});
const application: Application = {
  apiVersion: 'fairway.dev/v1',
  kind: 'Application',
  metadata: meta('web'),
  spec: { repository: 'web', environments: [{ name: 'prod' }] },
  status: { environments: [{ name: 'prod', release: 'web-b', version: 'b', health: 'Healthy' }] },
};
const promotion = (name: string, phase: string, at?: string): Promotion => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Promotion',
  metadata: meta(name, at),
  spec: { application: 'web', environment: 'prod', release: 'web-c' },
  status: { phase },
});
const rollout = (status: Rollout['status'], spec: Partial<Rollout['spec']> = {}): Rollout => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Rollout',
  metadata: meta('web-prod-1'),
  spec: {
    application: 'web', environment: 'prod', cluster: 'prod', targetNamespace: 'shop', promotion: 'p', release: 'web-c', revision: 'r',
    canary: { steps: [{ setWeight: 10 }, { pause: { duration: '30s' } }, { pause: {} }, { analysis: { templates: [{ templateName: 'quality' }] } }] },
    ...spec,
  },
  status,
});
const releases = [release('a', 1, ['prod']), release('b', 2, ['prod']), release('c', 3)];
const stop = (promotions: readonly Promotion[], rollouts: readonly Rollout[] = []) =>
  stopOf(application, application.spec.environments[0]!, { releases, promotions, rollouts });

describe('stopOf', () => {
  it('tells what is newer and what one can return to', () => {
    const at = stop([]);
    expect(at.release?.spec.version).toBe('b');
    expect(at.newer.map((one) => one.spec.version)).toEqual(['c']);
    expect(at.earlier.map((one) => one.spec.version)).toEqual(['a']);
  });
  it('takes the latest promotion that has not ended', () => {
    expect(stop([promotion('old', 'Pending', '2030-01-01T00:00:01Z'), promotion('new', 'Syncing', '2030-01-01T00:00:02Z'), promotion('done', 'Superseded', '2030-01-01T00:00:03Z')]).promotion?.metadata.name).toBe('new');
  });
  it('keeps the health of what serves in sight while approval is awaited', () => {
    expect(stop([promotion('p', 'AwaitingApproval')]).state).toEqual({ tone: 'ok', word: 'Healthy' });
  });
  it('looks past rollouts that have ended', () => {
    expect(stop([], [rollout({ phase: 'Aborted' })]).rollout).toBeUndefined();
  });
});

describe('waitsForPerson', () => {
  it.each([
    ['a pause without end', rollout({ phase: 'Paused', step: 2 }), true],
    ['a pause with an end', rollout({ phase: 'Paused', step: 1 }), false],
    ['held by hand', rollout({ phase: 'Analyzing', step: 3 }, { paused: true }), true],
    ['an inconclusive analysis', rollout({ phase: 'Analyzing', step: 3, waitingFor: { what: 'a person to judge', on: 'inconclusive' } }), true],
    ['ended while held', rollout({ phase: 'Aborted', step: 3 }, { paused: true }), false],
  ])('%s', (_, one, expected) => expect(waitsForPerson(one)).toBe(expected));
});

describe('nextOf', () => {
  it('counts a pause down from when its step began', () => {
    const next = nextOf(rollout({ phase: 'Paused', step: 1, stepStartedAt: '2030-01-01T00:00:00Z' }));
    expect(next.at).toBe(Date.parse('2030-01-01T00:00:30Z'));
    expect(next.then).toBe('Wait for a person');
  });
  it('promises no time while a person decides', () => {
    expect(nextOf(rollout({ phase: 'Paused', step: 2 })).at).toBeUndefined();
  });
  it('says what follows the last step', () => {
    expect(nextOf(rollout({ phase: 'Analyzing', step: 3 })).then).toContain('stable');
  });
});
