import { Button, Tooltip } from '@mantine/core';
import { Radio, WifiOff } from 'lucide-react';
import { clockTime } from '../api/time';
import { useConnection, watches } from '../api/watch/useWatch';
import { Countdown } from '../ui/Age';
import classes from './Connection.module.css';

/** Whether what you see is live. */
export function ConnectionPill() {
  const { phase, heardAt } = useConnection();
  const live = phase === 'live';
  return (
    <Tooltip label={live ? `Changes arrive as they happen. Last heard at ${clockTime(heardAt)}` : `Last heard at ${clockTime(heardAt)}`}>
      <span className={classes.pill} data-phase={phase} role="status">
        {live ? <Radio size={14} aria-hidden /> : <WifiOff size={14} aria-hidden />}
        <span className={classes.word}>{live ? 'Live' : phase === 'connecting' ? 'Connecting' : phase === 'lost' ? 'Lost' : 'Signed out'}</span>
      </span>
    </Tooltip>
  );
}

/** Shown while the connection is lost: since when, and when the next attempt is made. */
export function ConnectionBanner() {
  const { phase, heardAt, retryAt } = useConnection();
  if (phase === 'signedOut') {
    return (
      <div className={classes.banner} role="alert">
        <span>
          You are signed out. Print a fresh sign-in link with <code>fairway portal</code> and open it here.
        </span>
      </div>
    );
  }
  if (phase !== 'lost') return null;
  return (
    <div className={classes.banner} role="status">
      <span>
        The connection to Fairway is lost. What you see is as of {clockTime(heardAt)}
        {retryAt && (
          <>
            ; next attempt in <Countdown to={retryAt} />
          </>
        )}
        .
      </span>
      <Button variant="default" size="compact-xs" onClick={() => watches.reconnect()}>
        Try now
      </Button>
    </div>
  );
}
