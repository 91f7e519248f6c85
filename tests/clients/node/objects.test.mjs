// Typed clients: create, read, replace, patch of each kind, apply, scale, lists in pages, deletion.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { core, eventually, k8s, kc, namespace, patching, podsAreGiven, refusal, removeNamespaces } from './cluster.mjs';

const apps = kc.makeApiClient(k8s.AppsV1Api);
let ns;
before(async () => { ns = await namespace(); });
after(removeNamespaces);

const deployment = (name, replicas = 2) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
  spec: {
    replicas, selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '600'] }] } },
  },
});

test('an object is created, read, replaced and deleted', async () => {
  const created = await core.createNamespacedConfigMap({ namespace: ns, body: { metadata: { name: 'one' }, data: { a: '1' }, binaryData: { b: 'AAE=' } } });
  assert.ok(created.metadata.uid);
  assert.ok(created.metadata.creationTimestamp instanceof Date);

  created.data.a = '2';
  const replaced = await core.replaceNamespacedConfigMap({ name: 'one', namespace: ns, body: created });
  assert.equal(replaced.data.a, '2');
  assert.deepEqual(replaced.binaryData, { b: 'AAE=' });
  assert.notEqual(replaced.metadata.resourceVersion, created.metadata.resourceVersion);

  const stale = await refusal(core.replaceNamespacedConfigMap({ name: 'one', namespace: ns, body: created }));
  assert.equal(stale.code, 409);
  assert.equal(stale.status.reason, 'Conflict');

  const gone = await core.deleteNamespacedConfigMap({ name: 'one', namespace: ns });
  assert.equal(gone.status, 'Success');
  const missing = await refusal(core.readNamespacedConfigMap({ name: 'one', namespace: ns }));
  assert.equal(missing.code, 404);
  assert.equal(missing.status.message, 'configmaps "one" not found');
  assert.deepEqual(missing.status.details, { name: 'one', kind: 'configmaps' });
});

test('what exists is not created again, and what is wrong is told field by field', async () => {
  await core.createNamespacedSecret({ namespace: ns, body: { metadata: { name: 'twice' }, stringData: { a: 'b' } } });
  const again = await refusal(core.createNamespacedSecret({ namespace: ns, body: { metadata: { name: 'twice' } } }));
  assert.equal(again.code, 409);
  assert.equal(again.status.reason, 'AlreadyExists');
  const kept = await core.readNamespacedSecret({ name: 'twice', namespace: ns });
  assert.deepEqual([kept.type, kept.data], ['Opaque', { a: 'Yg==' }]);

  const wrong = await refusal(core.createNamespacedService({ namespace: ns, body: { metadata: { name: 'Bad' }, spec: { ports: [{ port: 0 }] } } }));
  assert.equal(wrong.code, 422);
  assert.deepEqual(wrong.status.details.causes.map((cause) => cause.field).sort().slice(0, 2), ['metadata.name', 'spec.ports[0].port']);
});

test('each kind of patch does what its content type says', async () => {
  await apps.createNamespacedDeployment({ namespace: ns, body: deployment('patched') });
  const at = { name: 'patched', namespace: ns };
  const merged = await apps.patchNamespacedDeployment({ ...at, body: { metadata: { labels: { a: 'b' } } } }, patching(k8s.PatchStrategy.MergePatch));
  assert.deepEqual(merged.metadata.labels, { a: 'b' });
  const strategic = await apps.patchNamespacedDeployment(
    { ...at, body: { spec: { template: { spec: { containers: [{ name: 'second', image: 'busybox' }] } } } } }, patching(k8s.PatchStrategy.StrategicMergePatch));
  assert.deepEqual(strategic.spec.template.spec.containers.map((container) => container.name).sort(), ['main', 'second']);
  const json = await apps.patchNamespacedDeployment({ ...at, body: [{ op: 'replace', path: '/spec/replicas', value: 5 }] }, patching(k8s.PatchStrategy.JsonPatch));
  assert.equal(json.spec.replicas, 5);
  const plain = await apps.patchNamespacedDeployment({ ...at, body: [{ op: 'test', path: '/spec/replicas', value: 5 }] });
  assert.equal(plain.spec.replicas, 5);
  const broken = await refusal(apps.patchNamespacedDeployment({ ...at, body: [{ op: 'remove', path: '/spec/nothing' }] }));
  assert.equal(broken.code, 422);
});

test('server-side apply creates, owns, conflicts and is forced', async () => {
  const wanted = deployment('applied', 3);
  const ask = (manager, body, force = undefined) => apps.patchNamespacedDeployment(
    { name: 'applied', namespace: ns, body, fieldManager: manager, force }, patching(k8s.PatchStrategy.ServerSideApply));
  const created = await ask('first', wanted);
  assert.equal(created.spec.replicas, 3);
  const entry = created.metadata.managedFields.find((each) => each.manager === 'first');
  assert.equal(entry.operation, 'Apply');
  assert.deepEqual(entry.fieldsV1['f:spec']['f:replicas'], {});

  const again = await ask('first', wanted);
  assert.equal(again.metadata.generation, created.metadata.generation);
  if (podsAreGiven) assert.equal(again.metadata.resourceVersion, created.metadata.resourceVersion); // elsewhere its controller writes

  const other = structuredClone({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'applied' }, spec: { replicas: 7 } });
  const conflict = await refusal(ask('second', other));
  assert.equal(conflict.code, 409);
  assert.equal(conflict.status.message, 'Apply failed with 1 conflict: conflict with "first": .spec.replicas');
  assert.deepEqual(conflict.status.details.causes, [{ reason: 'FieldManagerConflict', message: 'conflict with "first"', field: '.spec.replicas' }]);
  const forced = await ask('second', other, true);
  assert.equal(forced.spec.replicas, 7);
});

test('the scale of a workload is read, replaced and patched', async () => {
  await apps.createNamespacedDeployment({ namespace: ns, body: deployment('scaled', 1) });
  const at = { name: 'scaled', namespace: ns };
  const scale = await apps.readNamespacedDeploymentScale(at);
  assert.equal(scale.kind, 'Scale');
  assert.equal(scale.status.selector, 'app=scaled');
  // A controller may write the status in between: as every client does, read again and try again.
  const replaced = await eventually('a replace without conflict', async () => {
    const current = await apps.readNamespacedDeploymentScale(at);
    current.spec.replicas = 4;
    return apps.replaceNamespacedDeploymentScale({ ...at, body: current }).catch((error) => { if (error.code === 409) return undefined; throw error; });
  });
  assert.equal(replaced.spec.replicas, 4);
  const patched = await apps.patchNamespacedDeploymentScale({ ...at, body: { spec: { replicas: 2 } } }, patching(k8s.PatchStrategy.MergePatch));
  assert.equal(patched.spec.replicas, 2);
  assert.equal((await apps.readNamespacedDeployment(at)).spec.replicas, 2);
});

test('lists come in pages of one revision, by label and by field', async () => {
  for (let index = 0; index < 7; index++) {
    await core.createNamespacedConfigMap({ namespace: ns, body: { metadata: { name: `page-${index}`, labels: { odd: String(index % 2) } } } });
  }
  const names = [];
  const versions = new Set();
  let _continue;
  do {
    const page = await core.listNamespacedConfigMap({ namespace: ns, limit: 3, _continue, labelSelector: 'odd' });
    names.push(...page.items.map((item) => item.metadata.name));
    versions.add(page.metadata.resourceVersion);
    _continue = page.metadata._continue;
  } while (_continue);
  assert.deepEqual(names, [0, 1, 2, 3, 4, 5, 6].map((index) => `page-${index}`));
  assert.equal(versions.size, 1);
  assert.equal((await core.listNamespacedConfigMap({ namespace: ns, labelSelector: 'odd in (1)' })).items.length, 3);
  assert.equal((await core.listNamespacedConfigMap({ namespace: ns, fieldSelector: 'metadata.name=page-3' })).items.length, 1);
  await core.deleteCollectionNamespacedConfigMap({ namespace: ns, labelSelector: 'odd=0' });
  assert.equal((await core.listNamespacedConfigMap({ namespace: ns, labelSelector: 'odd' })).items.length, 3);
});

test('a dry run changes nothing', async () => {
  const created = await core.createNamespacedConfigMap({ namespace: ns, dryRun: 'All', body: { metadata: { name: 'dry' } } });
  assert.ok(created.metadata.uid);
  assert.equal((await refusal(core.readNamespacedConfigMap({ name: 'dry', namespace: ns }))).code, 404);
});

test('unknown fields are refused when validation is strict', async () => {
  const options = {};
  await kc.applyToHTTPSOptions(options);
  const url = new URL(`${kc.getCurrentCluster().server}/api/v1/namespaces/${ns}/configmaps?fieldValidation=Strict`);
  const answer = await new Promise((resolve, reject) => {
    const request = https.request(url, { ...options, method: 'POST', headers: { ...options.headers, 'Content-Type': 'application/json' } }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({ code: response.statusCode, status: JSON.parse(text) }));
    });
    request.on('error', reject);
    request.end('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"strict"},"dada":{}}');
  });
  assert.equal(answer.code, 400);
  assert.match(answer.status.message, /strict decoding error: unknown field "dada"/);
});

test('a finalizer holds an object until it is taken away', async () => {
  await core.createNamespacedConfigMap({ namespace: ns, body: { metadata: { name: 'held', finalizers: ['example.com/hold'] } } });
  const going = await core.deleteNamespacedConfigMap({ name: 'held', namespace: ns, propagationPolicy: 'Background' });
  assert.ok(going);
  const held = await core.readNamespacedConfigMap({ name: 'held', namespace: ns });
  assert.ok(held.metadata.deletionTimestamp instanceof Date);
  await core.patchNamespacedConfigMap({ name: 'held', namespace: ns, body: [{ op: 'remove', path: '/metadata/finalizers' }] }, patching(k8s.PatchStrategy.JsonPatch));
  await eventually('its end', async () => (await core.listNamespacedConfigMap({ namespace: ns, fieldSelector: 'metadata.name=held' })).items.length === 0);
});

test('a lease is held by one of two candidates, and taken over when it ran out', async () => {
  const leases = kc.makeApiClient(k8s.CoordinationV1Api);
  const at = { name: 'leader', namespace: ns };
  const hold = async (who, seconds) => {
    const now = new k8s.V1MicroTime();
    const found = await leases.readNamespacedLease(at).catch((error) => { if (error.code === 404) return undefined; throw error; });
    const spec = { holderIdentity: who, leaseDurationSeconds: seconds, acquireTime: now, renewTime: now, leaseTransitions: (found?.spec.leaseTransitions ?? -1) + 1 };
    try {
      if (!found) {
        await leases.createNamespacedLease({ namespace: ns, body: { metadata: { name: 'leader' }, spec } });
        return true;
      }
      const free = new Date(found.spec.renewTime).getTime() + found.spec.leaseDurationSeconds * 1000 < Date.now();
      if (!free && found.spec.holderIdentity !== who) return false;
      await leases.replaceNamespacedLease({ ...at, body: { ...found, spec } });
      return true;
    } catch (error) {
      if (error.code === 409) return false;
      throw error;
    }
  };
  const first = await Promise.all([hold('a', 1), hold('b', 1)]);
  assert.equal(first.filter(Boolean).length, 1);
  const loser = first[0] ? 'b' : 'a';
  assert.equal(await hold(loser, 1), false);
  await eventually('the take-over', () => hold(loser, 60));
  const lease = await leases.readNamespacedLease(at);
  assert.equal(lease.spec.holderIdentity, loser);
});
