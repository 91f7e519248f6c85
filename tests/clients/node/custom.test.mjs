// Custom resources by the generic clients.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { core, eventually, k8s, kc, namespace, patching, refusal, removeNamespaces } from './cluster.mjs';

const group = `n${process.pid}.example.com`;
const at = { group, version: 'v1', plural: 'boats' };
const definitions = kc.makeApiClient(k8s.ApiextensionsV1Api);
const custom = kc.makeApiClient(k8s.CustomObjectsApi);
const objects = k8s.KubernetesObjectApi.makeApiClient(kc);
const boat = (name, spec) => ({ apiVersion: `${group}/v1`, kind: 'Boat', metadata: { name, namespace: ns }, spec });
let ns;

before(async () => {
  ns = await namespace();
  await definitions.createCustomResourceDefinition({
    body: {
      metadata: { name: `boats.${group}` },
      spec: {
        group, scope: 'Namespaced', names: { plural: 'boats', singular: 'boat', kind: 'Boat', shortNames: ['bt'] },
        versions: [{
          name: 'v1', served: true, storage: true,
          subresources: { status: {}, scale: { specReplicasPath: '.spec.sails', statusReplicasPath: '.status.sails', labelSelectorPath: '.status.selector' } },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object', required: ['length'],
                  properties: { length: { type: 'integer', minimum: 1 }, sails: { type: 'integer', _default: 1 }, crew: { type: 'array', items: { type: 'string' }, x_kubernetes_list_type: 'set' } },
                },
                status: { type: 'object', x_kubernetes_preserve_unknown_fields: true },
              },
            },
          },
        }],
      },
    },
  });
  await eventually('its being served', async () => {
    const found = await definitions.readCustomResourceDefinition({ name: `boats.${group}` });
    return found.status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True');
  });
});
after(async () => {
  await definitions.deleteCustomResourceDefinition({ name: `boats.${group}` });
  await removeNamespaces();
});

test('custom objects are created with defaults, replaced, listed and deleted', async () => {
  const created = await custom.createNamespacedCustomObject({ ...at, namespace: ns, body: boat('a', { length: 10, unknown: true }) });
  assert.deepEqual(created.spec, { length: 10, sails: 1 });
  assert.equal(created.metadata.generation, 1);
  created.spec.length = 11;
  created.status = { ignored: true };
  const replaced = await custom.replaceNamespacedCustomObject({ ...at, namespace: ns, name: 'a', body: created });
  assert.equal(replaced.metadata.generation, 2);
  assert.equal(replaced.status, undefined);
  const list = await custom.listNamespacedCustomObject({ ...at, namespace: ns });
  assert.deepEqual([list.kind, list.items.length], ['BoatList', 1]);
  const all = await custom.listClusterCustomObject(at);
  assert.equal(all.items.length, 1);
  const wrong = await refusal(custom.createNamespacedCustomObject({ ...at, namespace: ns, body: boat('b', { length: 0 }) }));
  assert.equal(wrong.code, 422);
  assert.equal(wrong.status.message, `Boat.${group} "b" is invalid: spec.length: Invalid value: 0: spec.length in body should be greater than or equal to 1`);
  const gone = await custom.deleteNamespacedCustomObject({ ...at, namespace: ns, name: 'a' });
  assert.equal(gone.status, 'Success');
});

test('custom objects are patched by json, by merge and by apply', async () => {
  await custom.createNamespacedCustomObject({ ...at, namespace: ns, body: boat('patched', { length: 10 }) });
  const one = { ...at, namespace: ns, name: 'patched' };
  const json = await custom.patchNamespacedCustomObject({ ...one, body: [{ op: 'add', path: '/spec/crew', value: ['ann'] }] }, patching(k8s.PatchStrategy.JsonPatch));
  assert.deepEqual(json.spec.crew, ['ann']);
  const merged = await custom.patchNamespacedCustomObject({ ...one, body: { spec: { length: 12 } } }, patching(k8s.PatchStrategy.MergePatch));
  assert.equal(merged.spec.length, 12);
  const applied = await custom.patchNamespacedCustomObject(
    { ...one, fieldManager: 'captain', body: { ...boat('patched', { crew: ['bob'] }) } }, patching(k8s.PatchStrategy.ServerSideApply));
  assert.deepEqual(applied.spec.crew, ['ann', 'bob']);
  const strategic = await refusal(custom.patchNamespacedCustomObject({ ...one, body: {} }, patching(k8s.PatchStrategy.StrategicMergePatch)));
  assert.equal(strategic.code, 415);
});

test('status and scale of custom objects are their own', async () => {
  await custom.createNamespacedCustomObject({ ...at, namespace: ns, body: boat('scaled', { length: 10 }) });
  const one = { ...at, namespace: ns, name: 'scaled' };
  const status = await custom.patchNamespacedCustomObjectStatus(
    { ...one, body: { status: { sails: 1, selector: 'boat=scaled' }, spec: { length: 99 } } }, patching(k8s.PatchStrategy.MergePatch));
  assert.deepEqual([status.spec.length, status.status.sails], [10, 1]);
  const scale = await custom.getNamespacedCustomObjectScale(one);
  assert.deepEqual([scale.kind, scale.spec.replicas, scale.status.replicas, scale.status.selector], ['Scale', 1, 1, 'boat=scaled']);
  const scaled = await custom.patchNamespacedCustomObjectScale({ ...one, body: { spec: { replicas: 3 } } }, patching(k8s.PatchStrategy.MergePatch));
  assert.equal(scaled.spec.replicas, 3);
  assert.equal((await custom.getNamespacedCustomObject(one)).spec.sails, 3);
});

test('an informer of custom objects', async () => {
  const seen = [];
  const informer = k8s.makeInformer(kc, `/apis/${group}/v1/namespaces/${ns}/boats`, () => custom.listNamespacedCustomObject({ ...at, namespace: ns }));
  informer.on('add', (object) => seen.push(object.metadata.name));
  await informer.start();
  try {
    await custom.createNamespacedCustomObject({ ...at, namespace: ns, body: boat('watched', { length: 1 }) });
    await eventually('the boat', () => seen.includes('watched'));
  } finally {
    await informer.stop();
  }
});

test('the generic object client creates, reads, patches, lists and deletes any kind', async () => {
  for (const [body, change] of [
    [boat('generic', { length: 3 }), { spec: { length: 4 } }],
    [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'generic', namespace: ns }, data: { a: 'b' } }, { data: { a: 'c' } }],
    [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'generic', namespace: ns }, spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } } } }, { spec: { replicas: 1 } }],
    [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: `generic-${ns}` }, rules: [] }, { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }],
  ]) {
    const created = await objects.create(body);
    assert.equal(created.kind, body.kind);
    const { apiVersion, kind, metadata } = created;
    const header = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
    const patched = await objects.patch({ ...header, ...change }, undefined, undefined, undefined, undefined, k8s.PatchStrategy.MergePatch);
    assert.notEqual(patched.metadata.resourceVersion, metadata.resourceVersion);
    const read = await objects.read(header);
    assert.equal(read.metadata.uid, metadata.uid);
    const replaced = await objects.replace(read);
    assert.equal(replaced.metadata.resourceVersion, read.metadata.resourceVersion);
    const applied = await objects.patch({ ...header, ...change }, undefined, undefined, 'generic', true, k8s.PatchStrategy.ServerSideApply);
    assert.ok(applied.metadata.managedFields.some((entry) => entry.manager === 'generic'));
    const list = await objects.list(apiVersion, kind, metadata.namespace);
    assert.ok(list.items.some((item) => item.metadata.name === metadata.name));
    await objects.delete(header);
    const missing = await refusal(objects.read(header));
    assert.equal(missing.code, 404);
  }
});

test('every kind that the client knows and the server serves can be listed', async () => {
  const refused = [];
  let listed = 0;
  for (const [name, api] of Object.entries(k8s)) {
    if (!/^[A-Z]\w*V\d\w*Api$/.test(name)) continue;
    const client = kc.makeApiClient(api);
    if (!client.getAPIResources) continue;
    const resources = await client.getAPIResources().catch((error) => { if (error.code === 404) return { resources: [] }; throw error; });
    const kinds = new Set(resources.resources.filter((each) => each.verbs.includes('list')).map((each) => each.kind));
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(client))) {
      const kind = /^list(\w+?)(ForAllNamespaces)?$/.exec(method)?.[1];
      if (!kind || kind.startsWith('Namespaced') || kind.endsWith('WithHttpInfo') || !kinds.has(kind)) continue;
      try {
        const list = await client[method]({ limit: 2 });
        assert.ok(Array.isArray(list.items), method);
        listed++;
      } catch (error) {
        refused.push(`${name}.${method}: ${error.message}`);
      }
    }
  }
  assert.deepEqual(refused, []);
  assert.ok(listed > 40, `${listed} kinds were listed`);
});
