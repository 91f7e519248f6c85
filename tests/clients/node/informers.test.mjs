// Watches and informers: what a controller written in JavaScript stands on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { core, eventually, k8s, kc, namespace, patching, refusal, removeNamespaces } from './cluster.mjs';

let ns;
before(async () => { ns = await namespace(); });
after(removeNamespaces);

const configMap = (name, data, labels) => core.createNamespacedConfigMap({ namespace: ns, body: { metadata: { name, labels }, data } });
const set = (name, data) => core.patchNamespacedConfigMap({ name, namespace: ns, body: { data } }, patching(k8s.PatchStrategy.MergePatch));

function informer(labelSelector) {
  const seen = [];
  const made = k8s.makeInformer(kc, `/api/v1/namespaces/${ns}/configmaps`, () => core.listNamespacedConfigMap({ namespace: ns, labelSelector }), labelSelector);
  for (const verb of ['add', 'update', 'delete']) made.on(verb, (object) => seen.push(`${verb} ${object.metadata.name} ${object.data?.v ?? ''}`.trim()));
  made.on('connect', () => seen.push('connect'));
  made.on('error', (error) => seen.push(`error ${error?.message ?? error}`));
  return { made, seen };
}

test('an informer tells what is there and each change', async () => {
  await configMap('first', { v: '1' }, { app: 'a' });
  const { made, seen } = informer('app=a');
  await made.start();
  try {
    await eventually('the list', () => seen.includes('add first 1'));
    await configMap('second', { v: '1' }, { app: 'a' });
    await configMap('other', { v: '1' }, { app: 'b' });
    await set('first', { v: '2' });
    await core.deleteNamespacedConfigMap({ name: 'second', namespace: ns });
    await eventually('the deletion', () => seen.includes('delete second 1'));
    assert.deepEqual(seen, ['connect', 'add first 1', 'add second 1', 'update first 2', 'delete second 1']);
    assert.equal(made.get('first', ns).data.v, '2');
    // An object that no longer matches the selector is gone for this informer.
    await core.patchNamespacedConfigMap({ name: 'first', namespace: ns, body: { metadata: { labels: { app: 'c' } } } }, patching(k8s.PatchStrategy.MergePatch));
    await eventually('its leaving', () => made.get('first', ns) === undefined);
  } finally {
    await made.stop();
  }
});

test('an informer goes on after its connection was cut', async () => {
  await configMap('steady', { v: '1' }, { app: 'cut' });
  const { made, seen } = informer('app=cut');
  await made.start();
  try {
    await eventually('the list', () => seen.includes('add steady 1'));
    made.request.abort();
    await set('steady', { v: '2' });
    await made.start();
    await eventually('the change while away', () => made.get('steady', ns)?.data.v === '2');
  } finally {
    await made.stop();
  }
});

test('a watch that runs out ends without an error, and goes on where it was', async () => {
  const watch = new k8s.Watch(kc);
  const list = await core.listNamespacedConfigMap({ namespace: ns });
  const seen = [];
  const over = async (query) => new Promise((resolve, reject) => {
    watch.watch(`/api/v1/namespaces/${ns}/configmaps`, query, (type, object) => seen.push([type, object.metadata.name, object.metadata.resourceVersion]), resolve).catch(reject);
  });
  await configMap('expiring', { v: '1' });
  const error = await over({ resourceVersion: list.metadata.resourceVersion, timeoutSeconds: 1 });
  assert.equal(error, null);
  assert.deepEqual(seen.map((event) => event.slice(0, 2)), [['ADDED', 'expiring']]);
  await set('expiring', { v: '2' });
  await over({ resourceVersion: seen[0][2], timeoutSeconds: 1 });
  assert.deepEqual(seen.map((event) => event.slice(0, 2)), [['ADDED', 'expiring'], ['MODIFIED', 'expiring']]);
});

test('a watch sends the objects first when asked, then a bookmark that says so', async () => {
  const watch = new k8s.Watch(kc);
  const events = [];
  const controller = await watch.watch(
    `/api/v1/namespaces/${ns}/configmaps`,
    { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true },
    (type, object) => events.push([type, object]), () => {});
  await eventually('the bookmark', () => events.some(([type]) => type === 'BOOKMARK'));
  controller.abort();
  const [, mark] = events.find(([type]) => type === 'BOOKMARK');
  assert.equal(mark.metadata.annotations['k8s.io/initial-events-end'], 'true');
  assert.ok(events.every(([type]) => type === 'ADDED' || type === 'BOOKMARK'));
});

test('a watch from a revision that never was is refused', async () => {
  const watch = new k8s.Watch(kc);
  const events = [];
  const error = await new Promise((resolve) => {
    watch.watch(`/api/v1/namespaces/${ns}/configmaps`, { resourceVersion: 'nonsense' }, (type, object) => events.push(object), resolve);
  });
  assert.equal(error.statusCode ?? error.code, 500);
});

test('a ListWatch with a field selector keeps one object', async () => {
  await configMap('only', { v: '1' });
  const list = () => core.listNamespacedConfigMap({ namespace: ns, fieldSelector: 'metadata.name=only' });
  const cache = new k8s.ListWatch(`/api/v1/namespaces/${ns}/configmaps`, new k8s.Watch(kc), list, false, undefined, 'metadata.name=only');
  await cache.start();
  try {
    await eventually('the object', () => cache.list(ns).length === 1);
    await configMap('noise', { v: '1' });
    await set('only', { v: '9' });
    await eventually('its change', () => cache.get('only', ns)?.data.v === '9');
    assert.equal(cache.list(ns).length, 1);
  } finally {
    await cache.stop();
  }
});

test('a reader that asks for too old a page is told to begin again', async () => {
  const gone = await refusal(core.listNamespacedConfigMap({ namespace: ns, limit: 1, _continue: 'bm90IGEgdG9rZW4' }));
  assert.equal(gone.code, 400);
  assert.match(gone.status.message, /continue key is not valid/);
});
