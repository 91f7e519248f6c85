import type { PipelineRun } from '../../api/kinds';
import { StateIcon } from '../../ui/StateIcon';
import classes from './Notices.module.css';

/** Parts of the workflow file that do not take effect, by place. */
export function Notices({ notices }: { notices: NonNullable<NonNullable<PipelineRun['status']>['notices']> }) {
  if (notices.length === 0) return null;
  return (
    <ul className={classes.notices} aria-label="About the workflow file">
      {notices.map((notice, index) => (
        <li key={index}>
          <StateIcon tone={notice.severity === 'Error' ? 'bad' : 'wait'} />
          <span>
            <span className="fw-mono">
              {notice.file}:{notice.line}
              {notice.column ? `:${notice.column}` : ''}
            </span>{' '}
            {notice.message}
          </span>
        </li>
      ))}
    </ul>
  );
}
