import { ActionIcon, Menu } from '@mantine/core';
import { Ellipsis, ExternalLink, History, Network, OctagonX, Send, Waves } from 'lucide-react';
import { namespaceOf } from '../../api/kinds';
import { useConfirm } from '../../ui/confirm';
import { LinkMenuItem } from '../../ui/links';
import { abortPromotionAct, abortRolloutAct, promoteAct, promoteRolloutAct, rollbackAct } from './acts';
import { firstLine, type Stop } from './model';

/** What can be done with an application in an environment. */
export function StopMenu({ stop }: { stop: Stop }) {
  const confirm = useConfirm();
  const { application, spec, rollout, promotion } = stop;
  const params = { namespace: namespaceOf(application), application: application.metadata.name };
  const candidates = stop.newer.filter((release) => release.metadata.name !== stop.incoming?.metadata.name).slice(0, 4);
  return (
    <Menu width={300}>
      <Menu.Target>
        <ActionIcon aria-label={`Actions for ${application.metadata.name} in ${spec.name}`}>
          <Ellipsis size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {rollout && (
          <>
            <LinkMenuItem leftSection={<Waves size={14} />} to="/apps/$namespace/$application/rollouts/$rollout" params={{ ...params, rollout: rollout.metadata.name }}>
              Open the rollout
            </LinkMenuItem>
            <Menu.Item leftSection={<Send size={14} />} onClick={() => confirm(promoteRolloutAct(rollout))}>
              Promote to 100 %
            </Menu.Item>
            <Menu.Item leftSection={<OctagonX size={14} />} color="danger" onClick={() => confirm(abortRolloutAct(rollout))}>
              Abort and return
            </Menu.Item>
          </>
        )}
        {promotion && !rollout && (
          <Menu.Item leftSection={<OctagonX size={14} />} color="danger" onClick={() => confirm(abortPromotionAct(promotion))}>
            Abort the promotion
          </Menu.Item>
        )}
        {candidates.length > 0 && <Menu.Label>Promote to {spec.name}</Menu.Label>}
        {candidates.map((release) => (
          <Menu.Item key={release.metadata.uid} leftSection={<Send size={14} />} onClick={() => confirm(promoteAct(stop, release))}>
            <span className="fw-mono">{release.spec.version}</span> <span className="fw-muted">{firstLine(release.spec.commit.message)}</span>
          </Menu.Item>
        ))}
        {stop.earlier.length > 0 && <Menu.Label>Roll back to</Menu.Label>}
        {stop.earlier.slice(0, 3).map((release) => (
          <Menu.Item key={release.metadata.uid} leftSection={<History size={14} />} onClick={() => confirm(rollbackAct(stop, release))}>
            <span className="fw-mono">{release.spec.version}</span> <span className="fw-muted">{firstLine(release.spec.commit.message)}</span>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <LinkMenuItem leftSection={<Network size={14} />} to="/apps/$namespace/$application/tree" params={params} search={{ env: spec.name }}>
          Objects in {spec.name}
        </LinkMenuItem>
        {stop.status?.url && (
          <Menu.Item leftSection={<ExternalLink size={14} />} component="a" href={stop.status.url} target="_blank" rel="noreferrer">
            Open {stop.status.url.replace(/^https?:\/\//, '')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
