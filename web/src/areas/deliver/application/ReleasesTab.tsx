import { Menu, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ChevronDown, Package } from 'lucide-react';
import type { Release } from '../../../api/kinds';
import { Age } from '../../../ui/Age';
import { useConfirm } from '../../../ui/confirm';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { StateIcon } from '../../../ui/StateIcon';
import tables from '../../../ui/Table.module.css';
import { Version } from '../../../ui/Version';
import { promoteAct, rollbackAct } from '../acts';
import { firstLine, type Stop } from '../model';
import classes from './ReleasesTab.module.css';
import { useApplication } from './useApplication';

/** Everything that was built, newest first, and how far each came. */
export function ReleasesTab() {
  const { releases, stops, namespace, name } = useApplication();
  if (releases.length === 0)
    return (
      <Panel>
        <Empty icon={Package} title="No release yet" command="git push origin main">
          A run that ends well records a release here.
        </Empty>
      </Panel>
    );
  return (
    <Panel title="Releases" aside={`${releases.length} in all`} flush>
      <div className={tables.scroll}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Commit</th>
              <th scope="col">Where</th>
              <th scope="col" className={tables.wide}>
                Built
              </th>
              <th scope="col">
                <span className={tables.hidden}>Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {releases.slice(0, 200).map((release) => (
              <tr key={release.metadata.uid}>
                <td>
                  <Link to="/apps/$namespace/$application" params={{ namespace, application: name }} search={{ release: release.metadata.name }} className="fw-link">
                    <Version value={release.spec.version} />
                  </Link>
                </td>
                <td className={classes.commit}>
                  <div className="fw-truncate">{firstLine(release.spec.commit.message)}</div>
                  <div className="fw-muted fw-small">{release.spec.commit.author}</div>
                </td>
                <td>
                  <Where release={release} stops={stops} />
                </td>
                <td className={tables.wide}>
                  <Age at={release.metadata.creationTimestamp} suffix=" ago" />
                </td>
                <td className={tables.right}>
                  <PromoteMenu release={release} stops={stops} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Where({ release, stops }: { release: Release; stops: readonly Stop[] }) {
  return (
    <span className={classes.where}>
      {stops.map(({ spec, status, incoming }) => {
        const serves = status?.release === release.metadata.name;
        const coming = incoming?.metadata.name === release.metadata.name;
        const failed = release.status?.failedIn?.some((at) => at.environment === spec.name);
        const verified = release.status?.verifiedIn?.some((at) => at.environment === spec.name);
        if (!serves && !coming && !failed && !verified) return null;
        return (
          <span key={spec.name} className={classes.at} data-serves={serves || undefined}>
            <StateIcon tone={coming ? 'motion' : serves ? 'ok' : failed ? 'bad' : 'idle'} size={12} />
            {spec.name}
            <span className={classes.how}>{coming ? 'coming' : serves ? 'serves' : failed ? 'failed' : 'was there'}</span>
          </span>
        );
      })}
    </span>
  );
}

function PromoteMenu({ release, stops }: { release: Release; stops: readonly Stop[] }) {
  const confirm = useConfirm();
  const targets = stops.filter((stop) => stop.status?.release !== release.metadata.name && stop.incoming?.metadata.name !== release.metadata.name);
  if (targets.length === 0) return null;
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" size="compact-xs" rightSection={<ChevronDown size={12} />} aria-label={`Bring to an environment: ${release.spec.version}`}>
          Bring to
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {targets.map((stop) => {
          const back = stop.earlier.some((candidate) => candidate.metadata.name === release.metadata.name);
          return (
            <Menu.Item key={stop.spec.name} onClick={() => confirm(back ? rollbackAct(stop, release) : promoteAct(stop, release))}>
              {back ? `Roll ${stop.spec.name} back to it` : `Promote to ${stop.spec.name}`}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
