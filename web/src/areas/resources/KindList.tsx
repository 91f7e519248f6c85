import { groupName, type ServedKind } from './discovery';
import classes from './KindList.module.css';

interface Props {
  readonly groups: readonly { readonly group: string; readonly kinds: readonly ServedKind[] }[];
  readonly current: ServedKind | undefined;
  readonly onSelect: (kind: ServedKind) => void;
}

/** The kinds that the cluster serves, by API group. */
export function KindList({ groups, current, onSelect }: Props) {
  return (
    <nav className={classes.list} aria-label="Kinds">
      {groups.map(({ group, kinds }) => (
        <section key={group} aria-label={groupName(group)}>
          <h2 className={classes.group}>{groupName(group)}</h2>
          <ul>
            {kinds.map((kind) => (
              <li key={kind.plural}>
                <button type="button" className={classes.kind} aria-current={kind === current ? 'page' : undefined} data-active={kind === current || undefined} onClick={() => onSelect(kind)}>
                  {kind.kind}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}
