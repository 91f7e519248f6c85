import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Command } from './Command';
import classes from './Empty.module.css';

interface Props {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children: ReactNode;
  readonly command?: string;
}

/** What would be here, and the command that makes it so. */
export function Empty({ icon: Icon, title, children, command }: Props) {
  return (
    <div className={classes.empty}>
      <span className={classes.icon}>
        <Icon size={20} strokeWidth={1.75} aria-hidden />
      </span>
      <h2 className={classes.title}>{title}</h2>
      <p className={classes.text}>{children}</p>
      {command && <Command text={command} />}
    </div>
  );
}
