import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useRef } from 'react';
import { Age } from '../../ui/Age';
import { StateIcon } from '../../ui/StateIcon';
import { kubernetesTone } from '../../ui/status';
import { useGlow } from '../../ui/useGlow';
import classes from './ResourceRows.module.css';
import { rowKey, type Column, type Row } from './tableState';

const rowHeight = 34;

interface Props {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly showNamespace: boolean;
  readonly selected: string | undefined;
  readonly onOpen: (row: Row) => void;
}

/** A table of any length: only the rows in sight are drawn. */
export function ResourceRows({ columns, rows, showNamespace: wanted, selected, onOpen }: Props) {
  const narrow = useMediaQuery('(max-width: 720px)') ?? false;
  const showNamespace = wanted && !narrow;
  const box = useRef<HTMLDivElement>(null);
  const shown = columns.map((column, index) => ({ column, index })).filter(({ column }) => !column.priority);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 16 });
  const template = [...(showNamespace ? ['minmax(90px, 0.7fr)'] : []), ...shown.map(({ column }) => widthOf(column))].join(' ');
  const height = Math.min(rows.length * rowHeight + 36, 100_000);
  return (
    <div ref={box} className={classes.box} style={{ height: `min(${height}px, calc(100dvh - 232px))` }} tabIndex={0} role="group" aria-label="Rows">
      <div role="table" aria-rowcount={rows.length + 1} className={classes.table}>
        <div role="rowgroup" className={classes.header}>
          <div role="row" className={classes.row} style={{ gridTemplateColumns: template }}>
            {showNamespace && <span role="columnheader">Namespace</span>}
            {shown.map(({ column }) => (
              <span key={column.name} role="columnheader" title={column.description}>
                {column.name}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ position: 'relative', height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <TableRow
                  key={rowKey(row)}
                  row={row}
                  index={item.index}
                  top={item.start}
                  template={template}
                  showNamespace={showNamespace}
                  shown={shown}
                  active={selected === rowKey(row)}
                  onOpen={onOpen}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly top: number;
  readonly template: string;
  readonly showNamespace: boolean;
  readonly shown: readonly { readonly column: Column; readonly index: number }[];
  readonly active: boolean;
  readonly onOpen: (row: Row) => void;
}

const TableRow = memo(function TableRow({ row, index, top, template, showNamespace, shown, active, onOpen }: RowProps) {
  const glow = useGlow(row.object.metadata.resourceVersion);
  return (
    <div
      key={glow.key}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={active}
      className={`${classes.row} ${classes.body} ${glow.className}`}
      style={{ gridTemplateColumns: template, transform: `translateY(${top}px)` }}
      onClick={() => onOpen(row)}
    >
      {showNamespace && (
        <span role="cell" className="fw-muted">
          {row.object.metadata.namespace}
        </span>
      )}
      {shown.map(({ column, index: at }, position) => (
        <span key={column.name} role="cell">
          {position === 0 ? (
            <button type="button" className={classes.name} onClick={() => onOpen(row)}>
              {text(row.cells[at])}
            </button>
          ) : (
            <Cell column={column} value={row.cells[at]} created={row.object.metadata.creationTimestamp} />
          )}
        </span>
      ))}
    </div>
  );
});

function Cell({ column, value, created }: { column: Column; value: unknown; created: string | undefined }) {
  if (column.name === 'Age') return <Age at={created} />;
  const shown = text(value);
  if (/^(status|phase|health|state)$/i.test(column.name) && shown) {
    return (
      <span className={classes.state}>
        <StateIcon tone={kubernetesTone(shown)} /> {shown}
      </span>
    );
  }
  return <>{shown}</>;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function widthOf(column: Column): string {
  if (column.format === 'name' || column.name === 'Name') return 'minmax(184px, 2fr)';
  if (column.name === 'Message') return 'minmax(240px, 3fr)';
  if (column.name === 'Age' || column.type === 'integer') return 'minmax(72px, 0.5fr)';
  return 'minmax(88px, 1fr)';
}
