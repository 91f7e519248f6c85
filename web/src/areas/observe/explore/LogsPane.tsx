import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { telemetry, type Span } from '../../../api/telemetry';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Panel } from '../../../ui/Panel';
import classes from '../Observe.module.css';
import { LiveLines } from './LiveLines';
import { LogRow } from './LogRow';
import { PatternList } from './PatternList';

const most = 200;
const views = [
  { value: 'lines', label: 'Lines' },
  { value: 'live', label: 'Live' },
  { value: 'patterns', label: 'Patterns' },
];

interface Props {
  readonly expression: string;
  readonly span: Span;
  readonly run: (expression: string) => void;
  readonly title?: string;
}

/** The newest log lines of the range that match, lines as they come, or the templates that they follow. */
export function LogsPane({ expression, span, run, title = 'Logs' }: Props) {
  const [text, setText] = useState(expression);
  const [view, setView] = useState('lines');
  return (
    <Panel flush title={title} aside={<SegmentedControl size="xs" aria-label="What to show of the logs" data={views} value={view} onChange={setView} />}>
      <form
        className={classes.query}
        onSubmit={(event) => {
          event.preventDefault();
          run(text.trim());
        }}
      >
        <TextInput
          className={classes.editor}
          size="xs"
          aria-label="LogQL"
          placeholder='{namespace="shop"} |= "error"'
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--fw-mono)' } }}
        />
        <Button size="xs" type="submit" variant="default">
          Search
        </Button>
      </form>
      {view === 'lines' && <StoredLines expression={expression} span={span} />}
      {view === 'live' && <LiveLines key={expression} expression={expression} />}
      {view === 'patterns' && <PatternList expression={expression} span={span} />}
    </Panel>
  );
}

function StoredLines({ expression, span }: { readonly expression: string; readonly span: Span }) {
  const answer = useQuery({
    queryKey: ['logs', expression, span.from, span.to],
    queryFn: ({ signal }) => telemetry.logs(expression, span, most, signal),
    enabled: expression !== '',
    placeholderData: (previous) => previous,
    retry: false,
  });
  return (
    <>
      {answer.error && <Failure error={answer.error} what="The logs were not searched." />}
      {answer.isFetching && !answer.data && <LoadingRows rows={4} />}
      {answer.data?.length === 0 && !answer.error && <p className={classes.none}>No line matches in this time.</p>}
      {answer.data && answer.data.length > 0 && (
        <>
          <div className={classes.lines} tabIndex={0} role="log" aria-label="Log lines, newest first">
            {answer.data.map((line, index) => (
              <LogRow key={`${line.at}-${index}`} line={line} />
            ))}
          </div>
          <p className={classes.count}>{answer.data.length === most ? `The newest ${most} lines` : `${answer.data.length} lines`}; choose one for what surrounds it.</p>
        </>
      )}
    </>
  );
}
