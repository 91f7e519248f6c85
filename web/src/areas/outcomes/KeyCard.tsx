import { Link } from '@tanstack/react-router';
import { ArrowRight, Equal, TrendingDown, TrendingUp } from 'lucide-react';
import type { Card } from './cards';
import classes from './OutcomesPage.module.css';

const icons = { up: TrendingUp, down: TrendingDown, same: Equal };

export function KeyCard({ card, application }: { card: Card; application: string | undefined }) {
  const Trend = card.trend && icons[card.trend.direction];
  return (
    <section className={classes.card} aria-label={card.name}>
      <h2 className={classes.name}>{card.name}</h2>
      <div className={classes.value}>{card.value}</div>
      <div className={classes.meaning}>{card.meaning}</div>
      <div className={classes.trend} data-better={card.trend?.better}>
        {card.trend && Trend ? (
          <>
            <Trend size={14} aria-hidden />
            <span>
              {card.trend.better === undefined ? 'Unchanged' : card.trend.better ? 'Better' : 'Worse'} <span className="fw-muted">than {card.trend.text}</span>
            </span>
          </>
        ) : (
          <span className="fw-muted">Nothing to compare with yet</span>
        )}
      </div>
      <Link to="/ledger" search={{ application, type: card.types }} className={classes.basis}>
        {card.basis} <ArrowRight size={12} aria-hidden />
      </Link>
    </section>
  );
}
