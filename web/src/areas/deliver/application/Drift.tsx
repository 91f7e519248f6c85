import { Age } from '../../../ui/Age';
import { Panel } from '../../../ui/Panel';
import tables from '../../../ui/Table.module.css';
import type { EnvironmentStatus } from '../../../api/kinds';

/** Fields whose live value was not the one in git, with who wrote it. */
export function Drift({ fields }: { fields: NonNullable<EnvironmentStatus['drift']> }) {
  if (fields.length === 0) return null;
  return (
    <Panel title="Fields that differed from git" aside="brought back" flush>
      <div className={tables.scroll}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th scope="col">Object</th>
              <th scope="col">Field</th>
              <th scope="col">In git</th>
              <th scope="col">Was live</th>
              <th scope="col">Written by</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {[...fields].reverse().map((field, index) => (
              <tr key={index}>
                <td>{field.object}</td>
                <td className="fw-mono">{field.field}</td>
                <td className="fw-mono">{field.desired ?? 'absent'}</td>
                <td className="fw-mono">{field.live ?? 'absent'}</td>
                <td>{field.manager ?? 'unknown'}</td>
                <td>
                  <Age at={field.at} suffix=" ago" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
