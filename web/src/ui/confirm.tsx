import { Button, Modal } from '@mantine/core';
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import { Command } from './Command';
import { Failure } from './Failure';
import classes from './confirm.module.css';
import { notify } from './notify';

/** An act, told before it is done. */
export interface Act {
  readonly title: string;
  /** What will happen, to how many things, and whether it can be undone. */
  readonly consequences: readonly ReactNode[];
  readonly verb: string;
  readonly destructive?: boolean;
  /** The command that does the same. */
  readonly command: string;
  readonly done: string;
  readonly run: () => Promise<unknown>;
}

const Context = createContext<(act: Act) => void>(() => {});

/** Asks before acting, then shows the command for what was done. */
export function useConfirm(): (act: Act) => void {
  return use(Context);
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [act, setAct] = useState<Act | null>(null);
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const ask = useCallback((next: Act) => {
    setAct(next);
    setError(null);
    setOpen(true);
  }, []);

  const go = useCallback(async () => {
    if (!act) return;
    setBusy(true);
    setError(null);
    try {
      await act.run();
      setOpen(false);
      notify(act.done, act.command);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }, [act]);

  const value = useMemo(() => ask, [ask]);
  return (
    <Context value={value}>
      {children}
      <Modal opened={open} onClose={() => setOpen(false)} title={act?.title} size="md" classNames={{ title: classes.title }}>
        {act && (
          <div className={classes.body}>
            <ul className={classes.list}>
              {act.consequences.map((line, index) => (
                <li key={index}>{line}</li>
              ))}
            </ul>
            <div>
              <div className={classes.hint}>The same from a terminal</div>
              <Command text={act.command} />
            </div>
            {error !== null && <Failure error={error} what="It was not done." />}
            <div className={classes.buttons}>
              <Button variant="default" size="sm" onClick={() => setOpen(false)}>
                Cancel
              </Button>
              <Button size="sm" color={act.destructive ? 'danger' : undefined} loading={busy} onClick={() => void go()} data-autofocus>
                {act.verb}
              </Button>
            </div>
          </div>
        )}
      </Modal>
    </Context>
  );
}
