import type { ReactNode } from 'react';
import { Age } from '../../../ui/Age';
import { StateIcon } from '../../../ui/StateIcon';
import type { Tone } from '../../../ui/status';
import classes from './JourneyTab.module.css';

interface Props {
  readonly tone: Tone;
  readonly title: ReactNode;
  readonly at?: string | undefined;
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
}

/** One station on a commit's way. */
export function JourneyStep({ tone, title, at, aside, children }: Props) {
  return (
    <li className={classes.step} data-tone={tone}>
      <span className={classes.marker}>
        <StateIcon tone={tone} size={18} />
      </span>
      <div className={classes.body}>
        <div className={classes.head}>
          <span className={classes.title}>{title}</span>
          {at && (
            <span className={classes.at}>
              <Age at={at} suffix=" ago" />
            </span>
          )}
        </div>
        <div className={classes.detail}>{children}</div>
        {aside}
      </div>
    </li>
  );
}
