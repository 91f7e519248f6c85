import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { telemetry, type LogLine, type Span } from '../../../api/telemetry';
import { clockTime } from '../../../api/time';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { Panel } from '../../../ui/Panel';
import classes from '../Observe.module.css';

const most = 200;

interface Props {
  readonly expression: string;
  readonly span: Span;
  readonly run: (expression: string) => void;
  readonly title?: string;
}

/** The newest log lines of the range that match; a line of a trace leads to it. */
export function LogsPane({ expression, span, run, title = 'Logs' }: Props) {
  const [text, setText] = useState(expression);
  const answer = useQuery({
    queryKey: ['logs', expression, span.from, span.to],
    queryFn: ({ signal }) => telemetry.logs(expression, span, most, signal),
    enabled: expression !== '',
    placeholderData: (previous) => previous,
    retry: false,
  });
  return (
    <Panel flush title={title} aside={answer.data && <span className="fw-muted fw-small">{answer.data.length === most ? `newest ${most}` : `${answer.data.length} lines`}</span>}>
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
      {answer.error && <Failure error={answer.error} what="The logs were not searched." />}
      {answer.isFetching && !answer.data && <LoadingRows rows={4} />}
      {answer.data?.length === 0 && <p className={classes.none}>No line matches in this time.</p>}
      {answer.data && answer.data.length > 0 && (
        <div className={classes.lines} tabIndex={0} role="log" aria-label="Log lines, newest first">
          {answer.data.map((line, index) => (
            <Row key={`${line.at}-${index}`} line={line} />
          ))}
        </div>
      )}
    </Panel>
  );
}

function Row({ line }: { line: LogLine }) {
  const at = new Date(Number(line.at.slice(0, -6)));
  const trace = line.labels.trace_id;
  const source = line.labels.service ?? line.labels.service_name ?? line.labels.pod ?? line.labels.app ?? '';
  return (
    <div className={classes.line}>
      <time dateTime={at.toISOString()}>{clockTime(at)}</time>
      {source && (
        <span className={classes.source} title={Object.entries(line.labels).map(([key, value]) => `${key}=${value}`).join(' ')}>
          {source}
        </span>
      )}
      <span>{line.line}</span>
      {trace && (
        <Link to="/observe/traces/$trace" params={{ trace }} className="fw-link">
          trace
        </Link>
      )}
    </div>
  );
}
