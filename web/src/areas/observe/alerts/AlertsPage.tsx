import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellOff, BellRing } from 'lucide-react';
import { useState } from 'react';
import { telemetry, type Alert, type Silence } from '../../../api/telemetry';
import { exact } from '../../../api/time';
import { api } from '../../../api/fairway';
import { Age, Countdown } from '../../../ui/Age';
import { useConfirm } from '../../../ui/confirm';
import { Empty } from '../../../ui/Empty';
import { Failure } from '../../../ui/Failure';
import { LoadingRows } from '../../../ui/Loading';
import { useNow } from '../../../ui/now';
import { Page } from '../../../ui/Page';
import { Panel } from '../../../ui/Panel';
import { State } from '../../../ui/State';
import type { Tone } from '../../../ui/status';
import tables from '../../../ui/Table.module.css';
import { Tabs } from '../Tabs';
import classes from './AlertsPage.module.css';
import { group, matchersOf, textOf } from './model';
import { Why } from './Why';

const hours = 2;

/** What fires, who was told, and what is silenced. */
export function AlertsPage() {
  const pace = Math.floor(useNow() / 15_000);
  const client = useQueryClient();
  const confirm = useConfirm();
  const alerts = useQuery({ queryKey: ['alerts', pace], queryFn: ({ signal }) => telemetry.alerts(signal), placeholderData: (previous) => previous, retry: false });
  const silences = useQuery({ queryKey: ['silences', pace], queryFn: ({ signal }) => telemetry.silences(signal), placeholderData: (previous) => previous, retry: false });
  const me = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => api.me(signal), staleTime: Infinity });
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: ['alerts'] });
    await client.invalidateQueries({ queryKey: ['silences'] });
  };
  const silence = (alert: Alert) => {
    const matchers = matchersOf(alert);
    confirm({
      title: `Silence ${alert.labels.alertname ?? 'this alert'} for ${hours} hours`,
      consequences: ['Nobody is told about alerts with exactly these labels:', <code key="labels">{matchers.map(textOf).join(' ')}</code>, 'The alert stays on this page, and the silence can be ended at any time.'],
      verb: 'Silence',
      command: `amtool silence add --duration=${hours}h --comment="from the portal" ${matchers.map((one) => `'${one.name}=${one.value}'`).join(' ')}`,
      done: `${alert.labels.alertname ?? 'The alert'} is silenced`,
      run: async () => {
        const now = Date.now();
        await telemetry.silence({ matchers, startsAt: new Date(now).toISOString(), endsAt: new Date(now + hours * 3_600_000).toISOString(), createdBy: me.data?.name ?? 'portal', comment: 'from the portal' });
        await refresh();
      },
    });
  };
  const acknowledge = (alert: Alert) =>
    confirm({
      title: `Acknowledge ${alert.labels.alertname ?? 'this alert'}`,
      consequences: ['It is not repeated until it ends. New alerts of its group are told as ever.'],
      verb: 'Acknowledge',
      command: `fairway alerts ack ${alert.fingerprint}`,
      done: `${alert.labels.alertname ?? 'The alert'} is acknowledged`,
      run: async () => {
        await telemetry.acknowledge(alert.fingerprint, me.data?.name ?? 'portal', 'from the portal');
        await client.invalidateQueries({ queryKey: ['alert-why'] });
      },
    });
  const end = (one: Silence) =>
    confirm({
      title: 'End this silence',
      consequences: [<code key="matchers">{one.matchers.map(textOf).join(' ')}</code>, 'Alerts that it matches are told about again at once.'],
      verb: 'End silence',
      command: `amtool silence expire ${one.id}`,
      done: 'The silence has ended',
      run: async () => {
        await telemetry.endSilence(one.id);
        await refresh();
      },
    });
  const groups = group(alerts.data ?? []);
  const current = (silences.data ?? []).filter((one) => one.status.state !== 'expired');
  return (
    <Page title="Alerts" meta={alerts.data && <span>{alerts.data.length === 0 ? 'Nothing fires.' : `${alerts.data.length} alerts in ${groups.length} groups`}</span>}>
      <Tabs />
      {alerts.error && <Failure error={alerts.error} what="The alerts could not be read." retry={() => void alerts.refetch()} />}
      {alerts.isPending && <LoadingRows />}
      {alerts.data?.length === 0 && (
        <Panel flush label="Alerts">
          <Empty icon={BellRing} title="Nothing fires" command="fairway up --rules rules.yaml --alertmanager-config alertmanager.yaml">
            Alerts come from Prometheus rule files and from SLOs. They are grouped, routed, silenced and inhibited as Alertmanager does.
          </Empty>
        </Panel>
      )}
      <div className={classes.groups}>
        {groups.map((one) => (
          <Panel key={one.name} flush title={one.name} aside={<State value={one.severity} label={one.severity} tone={toneOf(one.severity)} soft />}>
            <ul className={classes.alerts}>
              {one.alerts.map((alert) => (
                <Row key={alert.fingerprint} alert={alert} pace={pace} silence={() => silence(alert)} acknowledge={() => acknowledge(alert)} />
              ))}
            </ul>
          </Panel>
        ))}
        {current.length > 0 && (
          <Panel flush title="Silences" aside={<BellOff size={14} aria-hidden />}>
            <div className={tables.scroll}>
              <table className={tables.table}>
                <thead>
                  <tr>
                    <th>What is not told</th>
                    <th className={tables.wide}>By</th>
                    <th>Ends in</th>
                    <th className={tables.right}>
                      <span className={tables.hidden}>Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {current.map((silenced) => (
                    <tr key={silenced.id}>
                      <td className={classes.matchers}>
                        {silenced.matchers.map(textOf).join(' ')}
                        <div className="fw-muted">{silenced.comment}</div>
                      </td>
                      <td className={tables.wide}>{silenced.createdBy}</td>
                      <td>{silenced.status.state === 'pending' ? `from ${exact(silenced.startsAt)}` : <Countdown to={silenced.endsAt} />}</td>
                      <td className={tables.right}>
                        <Button size="compact-xs" variant="default" onClick={() => end(silenced)}>
                          End
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </Panel>
        )}
      </div>
    </Page>
  );
}

function Row({ alert, pace, silence, acknowledge }: { alert: Alert; pace: number; silence: () => void; acknowledge: () => void }) {
  const [open, setOpen] = useState(false);
  const { alertname: _, severity: __, ...labels } = alert.labels;
  const isSilenced = alert.status.silencedBy.length > 0;
  const isInhibited = alert.status.inhibitedBy.length > 0;
  const service = labels.service;
  return (
    <li className={classes.alert}>
      <div className={classes.what}>
        <div className={classes.summary}>{alert.annotations.summary ?? alert.annotations.description ?? alert.labels.alertname}</div>
        {alert.annotations.summary && alert.annotations.description && <div className="fw-muted fw-small">{alert.annotations.description}</div>}
        <div className={classes.labels}>
          {Object.entries(labels).map(([key, value]) => (
            <code key={key}>
              {key}={value}
            </code>
          ))}
        </div>
        <div className="fw-muted fw-small">
          {isSilenced ? 'Silenced: nobody is told. ' : isInhibited ? 'Inhibited: another alert says enough. ' : alert.receivers?.length ? `Told to ${alert.receivers.map((one) => one.name).join(', ')}. ` : ''}
          {service && (
            <Link to="/observe" search={{ service }} className="fw-link fw-inline">
              Look at {service}
            </Link>
          )}{' '}
          <button type="button" className="fw-link fw-inline" aria-expanded={open} onClick={() => setOpen(!open)}>
            {isSilenced || isInhibited ? 'Why not?' : 'Why?'}
          </button>
        </div>
        {open && <Why alert={alert} pace={pace} />}
      </div>
      <div className={classes.side}>
        <Age at={alert.startsAt} />
        {isSilenced || isInhibited ? (
          <State value={isSilenced ? 'Silenced' : 'Inhibited'} tone="idle" />
        ) : (
          <>
            <Button size="compact-xs" variant="default" onClick={acknowledge}>
              Acknowledge
            </Button>
            <Button size="compact-xs" variant="default" onClick={silence}>
              Silence
            </Button>
          </>
        )}
      </div>
    </li>
  );
}

function toneOf(severity: string): Tone {
  return ['critical', 'page', 'error'].includes(severity) ? 'bad' : ['warning', 'ticket'].includes(severity) ? 'wait' : 'idle';
}
