import { Button } from '@mantine/core';
import { namespaceOf } from '../../../api/kinds';
import { Age } from '../../../ui/Age';
import { useConfirm } from '../../../ui/confirm';
import { LinkButton } from '../../../ui/links';
import { StateIcon } from '../../../ui/StateIcon';
import { approveAct, resumeAct } from '../acts';
import type { Need } from './needs';
import classes from './Needs.module.css';

/** What waits for the reader, above everything else. */
export function Needs({ needs }: { needs: readonly Need[] }) {
  if (needs.length === 0) return null;
  return (
    <section className={classes.needs} aria-label="Needs you">
      <ul className={classes.list}>
        {needs.slice(0, 5).map((need) => (
          <li key={need.id} className={classes.need}>
            <StateIcon tone={need.kind === 'approval' || need.kind === 'held' ? 'wait' : 'bad'} size={16} />
            <span className={classes.text}>
              <span className={classes.title}>{need.title}</span>
              {need.detail && <span className={classes.detail}>{need.detail}</span>}
            </span>
            {need.since && (
              <span className={classes.since}>
                <Age at={need.since} />
              </span>
            )}
            <Action need={need} />
          </li>
        ))}
      </ul>
      {needs.length > 5 && <div className={classes.more}>and {needs.length - 5} more below</div>}
    </section>
  );
}

function Action({ need }: { need: Need }) {
  const confirm = useConfirm();
  switch (need.kind) {
    case 'approval':
      return <Button onClick={() => confirm(approveAct(need.promotion))}>Approve</Button>;
    case 'held':
      return (
        <Button variant="default" onClick={() => confirm(resumeAct(need.rollout))}>
          Go on
        </Button>
      );
    case 'failedRun':
      return (
        <LinkButton to="/build/$namespace/$run" params={{ namespace: namespaceOf(need.run), run: need.run.metadata.name }}>
          See the log
        </LinkButton>
      );
    case 'unhealthy':
      return (
        <LinkButton
          to="/apps/$namespace/$application/tree"
          params={{ namespace: namespaceOf(need.application), application: need.application.metadata.name }}
          search={{ env: need.environment }}
        >
          See why
        </LinkButton>
      );
  }
}
