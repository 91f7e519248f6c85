import { useEffect, useReducer, useState } from 'react';
import { request } from '../../api/http';
import { appendLines, emptyLog, type FoldedLog } from './fold';

export interface LogStream {
  readonly log: FoldedLog;
  readonly phase: 'opening' | 'streaming' | 'ended' | 'failed';
  readonly error: unknown;
}

interface Inner extends LogStream {
  readonly seen: number;
}

type Action = { type: 'reset' } | { type: 'opened' } | { type: 'lines'; texts: readonly string[] } | { type: 'ended' } | { type: 'failed'; error: unknown };

const start: Inner = { log: emptyLog, phase: 'opening', error: null, seen: 0 };
/** Lines kept on the page; the whole log is in the download. */
const limit = 50_000;

function reduce(state: Inner, action: Action): Inner {
  switch (action.type) {
    case 'reset': return start;
    case 'opened': return { ...state, phase: 'streaming' };
    case 'ended': return { ...state, phase: 'ended' };
    case 'failed': return { ...state, phase: 'failed', error: action.error };
    case 'lines': {
      const log = appendLines(state.log, action.texts, state.seen + 1);
      return { ...state, log: log.lines.length > limit ? { ...log, lines: log.lines.slice(-limit) } : log, seen: state.seen + action.texts.length };
    }
  }
}

/** Reads lines as the server sends them; they reach the view once per animation frame. `null` reads nothing. */
export function useLogStream(url: string | null): LogStream & { readonly again: () => void } {
  const [state, dispatch] = useReducer(reduce, start);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    dispatch({ type: 'reset' });
    if (!url) return;
    const abort = new AbortController();
    let waiting: string[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      if (waiting.length) dispatch({ type: 'lines', texts: waiting });
      waiting = [];
    };
    const push = (lines: readonly string[]) => {
      waiting.push(...lines);
      if (!frame && lines.length) frame = document.hidden ? window.setTimeout(flush, 200) : requestAnimationFrame(flush);
    };
    void read(url, abort.signal, push, () => dispatch({ type: 'opened' }))
      .then(() => {
        flush();
        dispatch({ type: 'ended' });
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) dispatch({ type: 'failed', error });
      });
    return () => {
      abort.abort();
      cancelAnimationFrame(frame);
      clearTimeout(frame);
    };
  }, [url, attempt]);

  return { ...state, again: () => setAttempt((n) => n + 1) };
}

async function read(url: string, signal: AbortSignal, push: (lines: readonly string[]) => void, opened: () => void): Promise<void> {
  const response = await request(url, { signal, headers: { accept: 'text/plain' } });
  opened();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop() ?? '';
    push(lines);
  }
  if (rest) push([rest]);
}
