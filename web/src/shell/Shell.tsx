import { Outlet } from '@tanstack/react-router';
import { ConfirmProvider } from '../ui/confirm';
import { ConnectionBanner } from './Connection';
import { Palette } from './Palette';
import { Rail } from './Rail';
import classes from './Shell.module.css';
import { TopBar } from './TopBar';
import { useChords } from './useChords';

/** The frame of every page. */
export function Shell() {
  useChords();
  return (
    <ConfirmProvider>
      <div className={classes.shell}>
        <a className={classes.skip} href="#content">
          Skip to content
        </a>
        <Rail />
        <div className={classes.main}>
          <TopBar />
          <ConnectionBanner />
          <main id="content" className={classes.content} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <Palette />
    </ConfirmProvider>
  );
}
