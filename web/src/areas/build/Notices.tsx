import type { PipelineRun } from '../../api/kinds';
import { StateIcon } from '../../ui/StateIcon';
import type { Tone } from '../../ui/status';
import classes from './Notices.module.css';

type Status = NonNullable<PipelineRun['status']>;

interface Props {
  readonly notices: NonNullable<Status['notices']>;
  readonly annotations: NonNullable<Status['annotations']>;
  readonly onOpen: (job: string, step: number) => void;
}

const tones: Record<string, Tone> = { Error: 'bad', Warning: 'wait' };

/** Parts of the workflow file that do not take effect, by place, and what steps have to say. */
export function Notices({ notices, annotations, onOpen }: Props) {
  if (notices.length + annotations.length === 0) return null;
  return (
    <ul className={classes.notices} aria-label="Notes on this run">
      {notices.map((notice, index) => (
        <li key={`notice-${index}`}>
          <StateIcon tone={tones[notice.severity] ?? 'idle'} />
          <span>
            <span className="fw-mono">{place(notice.file, notice.line, notice.column)}</span> {notice.message}
          </span>
        </li>
      ))}
      {annotations.map((note, index) => (
        <li key={`note-${index}`}>
          <StateIcon tone={tones[note.severity] ?? 'idle'} />
          <span>
            {note.title && <b>{note.title} </b>}
            {note.file && <span className="fw-mono">{place(note.file, note.line)} </span>}
            {note.message}{' '}
            <button type="button" className={classes.open} onClick={() => onOpen(note.job, note.step)}>
              {note.job}, step {note.step}
            </button>
          </span>
        </li>
      ))}
    </ul>
  );
}

function place(file: string, line?: number, column?: number): string {
  return [file, line, column].filter((part) => part !== undefined && part !== 0).join(':');
}
