import { useQuery } from '@tanstack/react-query';
import { telemetry, type Alert } from '../../../api/telemetry';
import { exact } from '../../../api/time';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { timelineOf } from './model';
import classes from './AlertsPage.module.css';

/** Why somebody was paged about an alert, or was not, and what happened when. */
export function Why({ alert, pace }: { alert: Alert; pace: number }) {
  const explained = useQuery({ queryKey: ['alert-why', alert.fingerprint, pace], queryFn: ({ signal }) => telemetry.explain(alert.fingerprint, signal), placeholderData: (previous) => previous, retry: false });
  const told = useQuery({ queryKey: ['alert-told', alert.fingerprint, pace], queryFn: ({ signal }) => telemetry.told(alert.fingerprint, signal), placeholderData: (previous) => previous, retry: false });
  if (explained.error) return <Failure error={explained.error} what="Why could not be read." retry={() => void explained.refetch()} />;
  if (!explained.data || !told.data) return <LoadingRows />;
  return (
    <div className={classes.why}>
      {explained.data.routes.map((route) => (
        <div key={route.receiver}>
          <div className={classes.receiver}>
            {route.receiver} <span className="fw-muted">{route.state}</span>
          </div>
          <ul className={classes.reasons}>
            {route.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
      ))}
      <ol className={classes.timeline}>
        {timelineOf(alert, explained.data, told.data).map((one) => (
          <li key={`${one.at} ${one.what}`}>
            <time dateTime={one.at}>{exact(one.at)}</time> {one.what}
          </li>
        ))}
      </ol>
    </div>
  );
}
