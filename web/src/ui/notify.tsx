import { notifications } from '@mantine/notifications';
import { Command } from './Command';

/** Says what was done, with the command for it. */
export function notify(message: string, command?: string): void {
  notifications.show({
    title: message,
    message: command ? <Command text={command} /> : null,
    autoClose: 9000,
    withBorder: true,
    color: 'channel',
  });
}
