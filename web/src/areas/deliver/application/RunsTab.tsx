import { Hammer } from 'lucide-react';
import type { PipelineRun } from '../../../api/kinds';
import { useFairway } from '../../../api/watch/useWatch';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { RunsTable } from '../../build/RunsTable';
import { useApplication } from './useApplication';

/** The pipeline runs of the application's repository. */
export function RunsTab() {
  const { namespace, application } = useApplication();
  const runs = useFairway<PipelineRun>('pipelineruns', namespace);
  const mine = runs.items.filter((run) => run.spec.repository === application?.spec.repository);
  return (
    <Panel title="Pipeline runs" aside={`${mine.length} in all`} flush>
      {mine.length === 0 ? (
        <Empty icon={Hammer} title="No run yet" command="git push origin main">
          A push to the repository starts its workflows.
        </Empty>
      ) : (
        <RunsTable runs={mine} />
      )}
    </Panel>
  );
}
