import { Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Failure } from '../../ui/Failure';
import { Panel } from '../../ui/Panel';
import { State } from '../../ui/State';
import { policyApi, type Evaluation } from './api';
import classes from './PolicyPage.module.css';
import { firstObject, firstPolicy } from './samples';

/** A policy and an object side by side; the verdict follows what is typed. */
export function PlaygroundTab() {
  const [policy, setPolicy] = useState(firstPolicy);
  const [object, setObject] = useState(firstObject);
  const [texts] = useDebouncedValue({ policy, object }, 250);
  const evaluation = useQuery({
    queryKey: ['policy', 'evaluate', texts.policy, texts.object],
    queryFn: () => policyApi.evaluate(texts.policy, texts.object),
    placeholderData: (previous) => previous,
    retry: false,
  });
  return (
    <>
      <div className={classes.editors}>
        <Textarea label="Policy" autosize maxRows={32} spellCheck={false} value={policy} onChange={(event) => setPolicy(event.currentTarget.value)} />
        <Textarea label="Object" autosize maxRows={32} spellCheck={false} value={object} onChange={(event) => setObject(event.currentTarget.value)} />
      </div>
      {evaluation.error && <Failure error={evaluation.error} what="It could not be evaluated." />}
      {evaluation.data && <Outcome evaluation={evaluation.data} />}
    </>
  );
}

const tones = { pass: 'ok', fail: 'bad', unknown: 'wait', waived: 'wait' } as const;

function Outcome({ evaluation }: { evaluation: Evaluation }) {
  return (
    <>
      {evaluation.problems.length > 0 && (
        <Panel title="Errors" flush>
          {evaluation.problems.map((problem, index) => (
            <pre key={index} className={classes.problem} tabIndex={0}>
              {`${problem.where} ${problem.field}\n${problem.message}`}
            </pre>
          ))}
        </Panel>
      )}
      {evaluation.results.map((result, index) => (
        <Panel key={index} title={`${result.object}: ${result.policy}`} aside={<State value={result.verdict} tone={tones[result.verdict as keyof typeof tones] ?? 'idle'} />} flush>
          {result.findings.map((finding, at) => (
            <p key={at} className={classes.about}>
              {finding.message} <span className={classes.path}>{finding.path}</span>
            </p>
          ))}
          {result.steps.map((step, at) => (
            <details key={at} className={classes.step}>
              <summary>
                {step.what} = <code>{step.value}</code>
              </summary>
              {step.values.map((inner, inside) => (
                <div key={inside}>
                  <code>{`${inner.expression} = ${inner.value}`}</code>
                </div>
              ))}
            </details>
          ))}
        </Panel>
      ))}
    </>
  );
}
