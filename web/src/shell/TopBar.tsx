import { ActionIcon, Button, Kbd, Menu } from '@mantine/core';
import { useMantineColorScheme } from '@mantine/core';
import { useOs } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Check, CircleUserRound, Monitor, Moon, Search, Sun } from 'lucide-react';
import { api } from '../api/fairway';
import { ConnectionPill } from './Connection';
import { Crumbs } from './Crumbs';
import { Logo } from './Logo';
import { openPalette } from './palette-store';
import classes from './TopBar.module.css';

const themes = [
  { value: 'auto', label: 'Like the system', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const;

export function TopBar() {
  const os = useOs();
  return (
    <header className={classes.bar}>
      <span className={classes.logo}>
        <Logo size={20} />
      </span>
      <Crumbs />
      <div className={classes.right}>
        <ConnectionPill />
        <Button className={classes.search} variant="default" leftSection={<Search size={14} />} rightSection={<Kbd size="xs">{os === 'macos' ? '⌘K' : 'Ctrl K'}</Kbd>} onClick={openPalette}>
          Search or act
        </Button>
        <ActionIcon className={classes.searchSmall} size={32} onClick={openPalette} aria-label="Search or act">
          <Search size={18} />
        </ActionIcon>
        <UserMenu />
      </div>
    </header>
  );
}

function UserMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const me = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => api.me(signal), staleTime: Infinity });
  const status = useQuery({ queryKey: ['status'], queryFn: ({ signal }) => api.status(signal), staleTime: Infinity });
  return (
    <Menu width={232}>
      <Menu.Target>
        <ActionIcon size={32} aria-label="You and the theme">
          <CircleUserRound size={18} strokeWidth={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.me}>
          <strong>{me.data?.name ?? 'Not signed in'}</strong>
          {me.data && me.data.groups.length > 0 && <span className="fw-muted fw-small">{me.data.groups.join(', ')}</span>}
        </div>
        <Menu.Divider />
        <Menu.Label>Theme</Menu.Label>
        {themes.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon size={14} />}
            rightSection={colorScheme === value ? <Check size={14} /> : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
        {status.data && (
          <>
            <Menu.Divider />
            <div className={classes.version}>Fairway {status.data.version}</div>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
