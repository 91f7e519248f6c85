import { Age } from '../../../ui/Age';
import { StateIcon } from '../../../ui/StateIcon';
import { toneOf, wordOf } from '../../../ui/status';
import type { TreeNode } from './tree';
import classes from './TreeTab.module.css';

interface Props {
  readonly nodes: readonly TreeNode[];
  readonly opened: string | undefined;
  readonly onOpen: (node: TreeNode) => void;
}

/** Objects and what hangs from them; troubled ones first. */
export function ObjectTree({ nodes, opened, onOpen }: Props) {
  const sorted = [...nodes].sort((a, b) => rank(a) - rank(b) || a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
  return (
    <ul className={classes.tree}>
      {sorted.map((node) => (
        <li key={`${node.kind}/${node.namespace}/${node.name}`} className={classes.item}>
          <button type="button" className={classes.node} data-opened={opened === node.name || undefined} onClick={() => onOpen(node)}>
            <StateIcon tone={node.health ? toneOf(node.health) : 'idle'} />
            <span className={classes.kind}>{node.kind}</span>
            <span className={classes.name}>{node.name}</span>
            {node.message && <span className={classes.message}>{node.message}</span>}
            <span className={classes.right}>
              {node.sync === 'OutOfSync' && <span>Out of sync</span>}
              {node.health && <span>{wordOf(node.health)}</span>}
              {node.createdAt && <Age at={node.createdAt} />}
            </span>
          </button>
          {node.children.length > 0 && <ObjectTree nodes={node.children} opened={opened} onOpen={onOpen} />}
        </li>
      ))}
    </ul>
  );
}

function rank(node: TreeNode): number {
  if (node.health === 'Degraded' || node.health === 'Missing') return 0;
  if (node.health === 'Progressing') return 1;
  return node.children.length ? 2 : 3;
}
