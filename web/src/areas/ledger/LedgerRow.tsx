import { ChevronDown, ChevronRight } from 'lucide-react';
import type { LedgerItem } from '../../api/fairway';
import { clockTime, exact } from '../../api/time';
import { StateIcon } from '../../ui/StateIcon';
import classes from './LedgerPage.module.css';
import { sentenceOf, toneOfFact } from './facts';

/** One fact; opened, everything it says and its place in the chain. */
export function LedgerRow({ item, open, onToggle }: { item: LedgerItem; open: boolean; onToggle: () => void }) {
  return (
    <li className={classes.entry}>
      <button type="button" className={classes.line} aria-expanded={open} onClick={onToggle}>
        {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
        <span className={classes.sequence}>{item.sequence}</span>
        <time className={classes.at} dateTime={item.at} title={exact(item.at)}>
          {today(item.at)}
        </time>
        <StateIcon tone={toneOfFact(item)} />
        <span className={classes.sentence}>{sentenceOf(item)}</span>
        <span className={classes.actor}>{item.actor}</span>
        <span className={classes.hash}>{item.hash.slice(0, 10)}</span>
      </button>
      {open && (
        <dl className={classes.details}>
          <Detail name="Fact" value={item.type} />
          <Detail name="At" value={exact(item.at)} />
          <Detail name="By" value={item.actor} />
          {item.subject && <Detail name="Subject" value={item.subject} />}
          {item.release && <Detail name="Release" value={item.release} />}
          {Object.entries(item.data ?? {}).map(([name, value]) => (
            <Detail key={name} name={name} value={typeof value === 'string' ? value : JSON.stringify(value)} />
          ))}
          <Detail name="Hash" value={item.hash} />
          <Detail name="Hash before" value={item.previous} />
        </dl>
      )}
    </li>
  );
}

function Detail({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

function today(at: string): string {
  const then = new Date(at);
  return then.toDateString() === new Date().toDateString() ? clockTime(then) : `${day.format(then)} ${clockTime(then).slice(0, 5)}`;
}
