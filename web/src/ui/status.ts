/** What a state means to a reader. Colour follows from it, and is never the only sign. */
export type Tone = 'ok' | 'motion' | 'wait' | 'bad' | 'idle';

const tones: Record<string, Tone> = {
  Healthy: 'ok',
  Succeeded: 'ok',
  Successful: 'ok',
  Synced: 'ok',
  Running: 'motion',
  Progressing: 'motion',
  Starting: 'motion',
  Analyzing: 'motion',
  Finishing: 'motion',
  Writing: 'motion',
  Syncing: 'motion',
  RollingOut: 'motion',
  Verifying: 'motion',
  Reverting: 'bad',
  Ready: 'ok',
  AwaitingApproval: 'wait',
  Paused: 'wait',
  Suspended: 'wait',
  Inconclusive: 'wait',
  OutOfSync: 'wait',
  Warning: 'wait',
  Failed: 'bad',
  Degraded: 'bad',
  Error: 'bad',
  Refused: 'bad',
  Aborted: 'bad',
  Aborting: 'bad',
  CrashLoopBackOff: 'bad',
  Missing: 'bad',
};

const words: Record<string, string> = {
  AwaitingApproval: 'Awaiting approval',
  RollingOut: 'Rolling out',
  OutOfSync: 'Out of sync',
  Superseded: 'Superseded',
};

export function toneOf(state: string | undefined): Tone {
  return tones[state ?? ''] ?? 'idle';
}

export function wordOf(state: string | undefined): string {
  return state ? (words[state] ?? state) : 'Unknown';
}

const runWords: Record<string, Tone> = { Running: 'ok', Completed: 'ok', Ready: 'ok', Active: 'ok', Bound: 'ok' };

/** In Kubernetes' tables `Running` is where a pod should be, not work in progress. */
export function kubernetesTone(word: string): Tone {
  return runWords[word] ?? tones[word] ?? (/BackOff|Err|Fail|Unhealthy/.test(word) ? 'bad' : /Creating|Pending|Terminating|Init/.test(word) ? 'motion' : 'idle');
}
