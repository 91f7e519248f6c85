import type { Stop } from '../model';
import { causeOf, type TreeNode } from './tree';
import classes from './TreeTab.module.css';

/** Why an environment is not well: from what shows down to the object that owns the trouble. */
export function Why({ stop, nodes }: { stop: Stop; nodes: readonly TreeNode[] }) {
  const { application, spec, status, state } = stop;
  const causes = causeOf(nodes);
  if (causes.length === 0 && !(state.tone === 'bad' && status?.message)) return null;
  const chain = [
    { what: `${application.metadata.name} in ${spec.name} is ${state.word.toLowerCase()}`, detail: status?.message },
    ...causes.map((node) => ({ what: `${node.kind} ${node.name} is ${node.health?.toLowerCase() ?? 'not well'}`, detail: node.message })),
  ];
  return (
    <section className={classes.why} data-tone="bad" aria-label="Why">
      <strong>Why?</strong>
      <ol className={classes.chain}>
        {chain.map((link, index) => (
          <li key={index} style={{ paddingLeft: index * 16 }}>
            <span aria-hidden className="fw-muted">
              {index ? '↳' : '•'}
            </span>
            <span className={classes.detail}>
              {link.what}
              {link.detail && <span className={classes.because}>{link.detail}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
