import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { KubeObject } from '../../../api/kinds';
import { parseApiVersion } from '../../../api/paths';
import { exact } from '../../../api/time';
import { Age } from '../../../ui/Age';
import { StateIcon } from '../../../ui/StateIcon';
import { groupInPath, useDiscovery } from '../discovery';
import classes from './ObjectDrawer.module.css';
import { conditionsOf, conditionTone, containersOf, scalarsOf } from './summarize';

/** What matters of any object, without knowing its kind. */
export function Summary({ object, cluster }: { object: KubeObject; cluster: string }) {
  const { metadata } = object;
  const owners = metadata.ownerReferences ?? [];
  const conditions = conditionsOf(object);
  const containers = containersOf(object);
  return (
    <>
      <dl className={classes.facts}>
        <Fact name="Created">{exact(metadata.creationTimestamp)}</Fact>
        {owners.map((owner) => (
          <Fact key={owner.uid} name="Belongs to">
            <OwnerLink cluster={cluster} namespace={metadata.namespace} apiVersion={owner.apiVersion} kind={owner.kind} name={owner.name} />
          </Fact>
        ))}
        {scalarsOf(object).map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
      </dl>
      {containers.length > 0 && (
        <Section title="Containers">
          <ul className={classes.list}>
            {containers.map((container) => (
              <li key={container.name}>
                <StateIcon tone={container.tone} />
                <span className={classes.grow}>
                  <b>{container.name}</b> {container.state}
                  {container.restarts > 0 && <span className="fw-muted">, restarted {container.restarts} times</span>}
                  <div className="fw-mono fw-muted">{container.image}</div>
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {conditions.length > 0 && (
        <Section title="Conditions">
          <ul className={classes.list}>
            {conditions.map((condition) => (
              <li key={condition.type}>
                <StateIcon tone={conditionTone(condition)} />
                <span className={classes.grow}>
                  <b>{condition.type}</b> <span className="fw-muted">{condition.status === 'True' ? 'yes' : condition.status === 'False' ? 'no' : 'unknown'}</span>
                  {(condition.reason || condition.message) && <div className="fw-muted">{condition.message || condition.reason}</div>}
                </span>
                {condition.lastTransitionTime && (
                  <span className="fw-muted">
                    <Age at={condition.lastTransitionTime} />
                  </span>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Pairs title="Labels" values={metadata.labels} />
      <Pairs title="Annotations" values={metadata.annotations} />
    </>
  );
}

function OwnerLink({ cluster, namespace, apiVersion, kind, name }: { cluster: string; namespace: string | undefined; apiVersion: string; kind: string; name: string }) {
  const { group, version } = parseApiVersion(apiVersion);
  const served = useDiscovery(cluster).data?.find((candidate) => candidate.group === group && candidate.kind === kind);
  if (!served) return `${kind} ${name}`;
  return (
    <Link
      to="/resources/$cluster/$group/$version/$plural"
      params={{ cluster, group: groupInPath(group), version, plural: served.plural }}
      search={{ name, objectNs: served.namespaced ? namespace : undefined }}
      className="fw-link"
    >
      {kind} {name}
    </Link>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Pairs({ title, values }: { title: string; values: Readonly<Record<string, string>> | undefined }) {
  const entries = Object.entries(values ?? {}).filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration');
  if (entries.length === 0) return null;
  return (
    <Section title={title}>
      <dl className={classes.facts}>
        {entries.map(([key, value]) => (
          <Fact key={key} name={key}>
            <span className="fw-mono">{value}</span>
          </Fact>
        ))}
      </dl>
    </Section>
  );
}
