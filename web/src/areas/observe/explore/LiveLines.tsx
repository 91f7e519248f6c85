import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { newestFirst, telemetry, type LogLine } from '../../../api/telemetry';
import classes from '../Observe.module.css';
import { LogRow } from './LogRow';

const most = 500;

/** Lines as they come, newest first; held while a reader looks closer. */
export function LiveLines({ expression }: { readonly expression: string }) {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [held, setHeld] = useState(false);
  const [ended, setEnded] = useState('');
  const [attempt, setAttempt] = useState(0);
  const waiting = useRef<LogLine[]>([]);
  useEffect(
    () =>
      telemetry.tail(
        expression,
        (fresh) => {
          waiting.current.push(...fresh);
        },
        setEnded,
      ),
    [expression, attempt],
  );
  useEffect(() => {
    if (held) return;
    const timer = window.setInterval(() => {
      const fresh = waiting.current.splice(0);
      if (fresh.length > 0) setLines((before) => newestFirst([...fresh, ...before]).slice(0, most));
    }, 250);
    return () => window.clearInterval(timer);
  }, [held]);
  return (
    <>
      <div className={classes.live}>
        <span className={classes.pulse} data-still={held || ended !== '' || undefined} />
        <span>{ended || (held ? 'Held; lines wait' : 'Following')}</span>
        {ended ? (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              setEnded('');
              setAttempt(attempt + 1);
            }}
          >
            Follow again
          </Button>
        ) : (
          <Button size="compact-xs" variant="default" onClick={() => setHeld(!held)}>
            {held ? 'Go on' : 'Hold'}
          </Button>
        )}
      </div>
      {lines.length === 0 ? (
        <p className={classes.none}>No line yet. They appear here the moment they are stored.</p>
      ) : (
        <div className={classes.lines} tabIndex={0} role="log" aria-label="Live log lines, newest first">
          {lines.map((line, index) => (
            <LogRow key={`${line.at}-${line.line}-${index}`} line={line} />
          ))}
        </div>
      )}
    </>
  );
}
