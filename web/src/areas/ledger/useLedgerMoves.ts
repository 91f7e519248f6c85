import { useEffect, useRef, useState } from 'react';
import type { KubeObject } from '../../api/kinds';
import { useFairway } from '../../api/watch/useWatch';

/**
 * Counts up when something that leaves facts has changed, at most once a second: the ledger is no resource and has no
 * watch of its own, but every entry follows a change of one of these.
 */
export function useLedgerMoves(): number {
  const runs = useFairway<KubeObject>('pipelineruns').items;
  const releases = useFairway<KubeObject>('releases').items;
  const promotions = useFairway<KubeObject>('promotions').items;
  const rollouts = useFairway<KubeObject>('rollouts').items;
  const [moves, setMoves] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setMoves((n) => n + 1);
    }, 1000);
  }, [runs, releases, promotions, rollouts]);
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return moves;
}
