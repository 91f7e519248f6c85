import { useLayoutEffect, useRef, useState } from 'react';
import type { PipelineJob } from '../../api/kinds';
import { Elapsed } from '../../ui/Age';
import { StateIcon } from '../../ui/StateIcon';
import { toneOf, wordOf } from '../../ui/status';
import classes from './JobGraph.module.css';
import { layersOf } from './jobs';

interface Props {
  readonly jobs: readonly PipelineJob[];
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

/** Jobs from left to right, each after those it needs. */
export function JobGraph({ jobs, selected, onSelect }: Props) {
  const layers = layersOf(jobs);
  const box = useRef<HTMLDivElement>(null);
  const edges = useEdges(box, jobs);
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label="Job graph">
      <div className={classes.graph} ref={box}>
        <svg className={classes.edges} aria-hidden>
          {edges.map((path, index) => (
            <path key={index} d={path} />
          ))}
        </svg>
        {layers.map((layer, index) => (
          <div key={index} className={classes.layer}>
            {layer.map((job) => (
              <button key={job.id} type="button" className={classes.job} data-job={job.id} data-selected={job.id === selected || undefined} aria-pressed={job.id === selected} onClick={() => onSelect(job.id)}>
                <StateIcon tone={toneOf(job.phase)} size={16} />
                <span className={classes.text}>
                  <span className={classes.name}>{job.name ?? job.id}</span>
                  <span className={classes.meta}>
                    {wordOf(job.phase)}
                    {job.startedAt && (
                      <>
                        {' · '}
                        <Elapsed from={job.startedAt} to={job.finishedAt} />
                      </>
                    )}
                  </span>
                </span>
              </button>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Curves between jobs, measured after layout and again when the box changes its size. */
function useEdges(box: React.RefObject<HTMLDivElement | null>, jobs: readonly PipelineJob[]): readonly string[] {
  const [edges, setEdges] = useState<readonly string[]>([]);
  const shape = jobs.map((job) => `${job.id}<${(job.needs ?? []).join()}`).join(';');
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      const paths: string[] = [];
      const find = (id: string) => element.querySelector<HTMLElement>(`[data-job="${CSS.escape(id)}"]`);
      for (const job of jobs)
        for (const need of job.needs ?? []) {
          const from = find(need);
          const to = find(job.id);
          if (!from || !to) continue;
          const x1 = from.offsetLeft + from.offsetWidth;
          const y1 = from.offsetTop + from.offsetHeight / 2;
          const x2 = to.offsetLeft;
          const y2 = to.offsetTop + to.offsetHeight / 2;
          const middle = (x1 + x2) / 2;
          paths.push(`M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`);
        }
      setEdges(paths);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape]);
  return edges;
}
