import { useEffect, type ReactNode } from 'react';
import classes from './Page.module.css';

interface Props {
  readonly title: ReactNode;
  /** The document's title, where the visible one is more than text. */
  readonly name?: string;
  readonly meta?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly wide?: boolean;
}

/** A page: its heading, what can be done, and its content. */
export function Page({ title, name, meta, actions, children, wide = false }: Props) {
  const text = name ?? (typeof title === 'string' ? title : 'Fairway');
  useEffect(() => {
    document.title = `${text} · Fairway`;
  }, [text]);
  return (
    <div className={classes.page} data-wide={wide || undefined}>
      <header className={classes.head}>
        <div className={classes.heading}>
          <h1 className={classes.title}>{title}</h1>
          {meta && <div className={classes.meta}>{meta}</div>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
