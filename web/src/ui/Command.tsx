import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import classes from './Command.module.css';

/** A command or address to take along. */
export function Command({ text, label = 'Copy command' }: { text: string; label?: string }) {
  return (
    <span className={classes.command}>
      <code className={classes.text} tabIndex={0} aria-label={text}>
        {text}
      </code>
      <Copying text={text} label={label} />
    </span>
  );
}

export function Copying({ text, label }: { text: string; label: string }) {
  return (
    <CopyButton value={text} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : label}>
          <ActionIcon size={24} onClick={copy} aria-label={copied ? 'Copied' : label}>
            {copied ? <Check size={14} color="var(--fw-ok)" /> : <Copy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
