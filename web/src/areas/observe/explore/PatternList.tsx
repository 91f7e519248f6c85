import { useQuery } from '@tanstack/react-query';
import { telemetry, type LogPattern, type Span } from '../../../api/telemetry';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import tables from '../../../ui/Table.module.css';
import { short } from '../series';
import classes from '../Observe.module.css';
import { selectorOf } from './streams';

const most = 50;
const width = 96;
const height = 18;

/** The templates that the streams' lines follow, most frequent first, with their course over the range. */
export function PatternList({ expression, span }: { readonly expression: string; readonly span: Span }) {
  const selector = selectorOf(expression);
  const answer = useQuery({
    queryKey: ['log-patterns', selector, span.from, span.to],
    queryFn: ({ signal }) => telemetry.patterns(selector, span, signal),
    placeholderData: (previous) => previous,
    retry: false,
  });
  if (answer.error) return <Failure error={answer.error} what="Patterns were not read." />;
  if (!answer.data) return <LoadingRows rows={4} />;
  if (answer.data.length === 0) return <p className={classes.none}>No line of these streams came in this time, or not within the last day.</p>;
  return (
    <div className={tables.scroll}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th className={tables.right}>Lines</th>
            <th className={tables.wide}>Course</th>
            <th className={tables.wide}>Level</th>
            <th>Pattern</th>
          </tr>
        </thead>
        <tbody>
          {answer.data.slice(0, most).map((pattern) => (
            <tr key={`${pattern.level} ${pattern.pattern}`}>
              <td className={tables.right}>{short(total(pattern))}</td>
              <td className={tables.wide}>
                <Course pattern={pattern} span={span} />
              </td>
              <td className={tables.wide}>{pattern.level}</td>
              <td className={classes.pattern}>{pattern.pattern}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function total({ samples }: LogPattern): number {
  return samples.reduce((sum, [, lines]) => sum + lines, 0);
}

function Course({ pattern, span }: { readonly pattern: LogPattern; readonly span: Span }) {
  const highest = Math.max(1, ...pattern.samples.map(([, lines]) => lines));
  const length = Math.max(1, span.to - span.from);
  return (
    <svg width={width} height={height} className={classes.course} aria-hidden>
      {pattern.samples.map(([at, lines]) => {
        const tall = Math.max(1, (lines / highest) * height);
        return <rect key={at} x={Math.min(width - 2, Math.max(0, ((at - span.from) / length) * width))} y={height - tall} width={2} height={tall} />;
      })}
    </svg>
  );
}
