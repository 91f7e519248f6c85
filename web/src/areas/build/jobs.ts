import type { PipelineJob, PipelineRun } from '../../api/kinds';

/** Jobs in columns: each one column after the last of those it needs. */
export function layersOf(jobs: readonly PipelineJob[]): readonly (readonly PipelineJob[])[] {
  const depth = new Map<string, number>();
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const depthOf = (job: PipelineJob, path: ReadonlySet<string>): number => {
    const known = depth.get(job.id);
    if (known !== undefined) return known;
    let result = 0;
    for (const need of job.needs ?? []) {
      const other = byId.get(need);
      if (other && !path.has(need)) result = Math.max(result, depthOf(other, new Set([...path, job.id])) + 1);
    }
    depth.set(job.id, result);
    return result;
  };
  const layers: PipelineJob[][] = [];
  for (const job of jobs) (layers[depthOf(job, new Set([job.id]))] ??= []).push(job);
  return layers.map((layer) => layer ?? []);
}

export interface Selection {
  readonly job: string | undefined;
  readonly step: number | undefined;
}

/** What a reader wants to see first: what failed, else what runs, else the last that ran. */
export function defaultSelection(run: PipelineRun): Selection {
  const jobs = run.status?.jobs ?? [];
  for (const phase of ['Failed', 'Running'])
    for (const job of jobs) {
      if (job.phase !== phase) continue;
      return { job: job.id, step: job.steps?.find((step) => step.phase === phase)?.number ?? job.steps?.[0]?.number };
    }
  const last = jobs.findLast((job) => job.phase === 'Succeeded') ?? jobs[0];
  return { job: last?.id, step: last?.steps?.findLast((step) => step.phase === 'Succeeded')?.number ?? last?.steps?.[0]?.number };
}
