// What goes through the node: logs, processes, ports, usage.
import assert from 'node:assert/strict';
import net from 'node:net';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { core, eventually, k8s, kc, namespace, podsAreGiven, refusal, removeNamespaces, runningPod } from './cluster.mjs';

let ns;
before(async () => {
  ns = await namespace();
  await runningPod(ns, 'main', 'echo one; echo two; echo three; i=0; while sleep 0.2; do echo tick $i; i=$((i+1)); done');
});
after(removeNamespaces);

function sink() {
  const stream = new PassThrough();
  stream.text = '';
  stream.on('data', (chunk) => { stream.text += chunk; });
  return stream;
}

async function run(command, { input, tty = false } = {}) {
  const out = sink();
  const err = sink();
  const stdin = input === undefined ? null : new PassThrough();
  let socket;
  const status = await new Promise((resolve, reject) => {
    new k8s.Exec(kc).exec(ns, 'main', 'main', command, out, tty ? null : err, stdin, tty, resolve)
      .then((made) => { socket = made; made.on?.('error', reject); }, reject);
    if (stdin) stdin.end(input);
  });
  socket?.close();
  return { status, out: out.text, err: err.text };
}

test('a command runs, its streams are apart, and its status tells how it ended', async () => {
  const ended = await run(['sh', '-c', 'echo out; echo err >&2']);
  assert.equal(ended.status.status, 'Success');
  assert.deepEqual([ended.out, ended.err], ['out\n', 'err\n']);
  const failed = await run(['sh', '-c', 'exit 3']);
  assert.equal(failed.status.status, 'Failure');
  assert.equal(failed.status.reason, 'NonZeroExitCode');
  assert.equal(failed.status.message, 'command terminated with non-zero exit code: exit status 3');
  assert.deepEqual(failed.status.details.causes, [{ reason: 'ExitCode', message: '3' }]);
});

test('what is sent to a command arrives', async () => {
  const ended = await run(['sh', '-c', 'read line; echo "got $line"'], { input: 'hello\n' });
  assert.equal(ended.out, 'got hello\n');
});

test('a command in a pod that is not there is refused', async () => {
  await assert.rejects(new k8s.Exec(kc).exec(ns, 'absent', 'main', ['true'], sink(), sink(), null, false), (error) => {
    const text = `${error.message ?? error.error?.message ?? error}`;
    assert.match(text, /404/);
    return true;
  });
});

test('attaching shows what the main process writes', async () => {
  const out = sink();
  const socket = await new k8s.Attach(kc).attach(ns, 'main', 'main', out, sink(), null, false);
  await eventually('a tick', () => /tick \d+/.test(out.text));
  socket.close();
});

test('a log is read whole, by its tail, and as it grows', async () => {
  const log = await eventually('the log', async () => {
    const text = await core.readNamespacedPodLog({ name: 'main', namespace: ns });
    return text.includes('three') ? text : undefined;
  });
  assert.match(log, /^one\ntwo\nthree\n/);
  const tail = await core.readNamespacedPodLog({ name: 'main', namespace: ns, tailLines: 1, container: 'main' });
  assert.equal(tail.trimEnd().split('\n').length, 1);
  const followed = sink();
  const stop = await new k8s.Log(kc).log(ns, 'main', 'main', followed, { follow: true, tailLines: 1, timestamps: true });
  await eventually('more lines', () => followed.text.split('\n').length > 3);
  stop.abort();
  assert.match(followed.text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /);
  const wrong = await refusal(core.readNamespacedPodLog({ name: 'main', namespace: ns, container: 'other' }));
  assert.equal(wrong.code, 400);
  assert.match(wrong.status.message, /container other is not valid for pod main/);
});

test('a port of a pod is reached through the server', { skip: !podsAreGiven && 'needs a listener in the pod' }, async () => {
  const forward = new k8s.PortForward(kc);
  const server = net.createServer((socket) => forward.portForward(ns, 'main', [8080], socket, null, socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = net.connect(server.address().port, '127.0.0.1');
  const got = await new Promise((resolve, reject) => {
    let text = '';
    client.on('data', (chunk) => { text += chunk; if (text.length >= 5) resolve(text); });
    client.on('error', reject);
    client.write('hello');
  });
  assert.equal(got, 'HELLO');
  client.destroy();
  server.close();
});

test('usage of pods and nodes', async () => {
  const metrics = new k8s.Metrics(kc);
  const pods = await eventually('the first sample', async () => {
    const list = await metrics.getPodMetrics(ns);
    return list.items.length > 0 ? list : undefined;
  }, 60_000);
  assert.equal(pods.kind, 'PodMetricsList');
  assert.deepEqual(pods.items.map((item) => [item.metadata.name, item.containers.map((each) => each.name)]), [['main', ['main']]]);
  assert.match(pods.items[0].containers[0].usage.memory, /^\d+(Ki)?$/);
  assert.match(pods.items[0].containers[0].usage.cpu, /^\d+n?$/);
  const nodes = await metrics.getNodeMetrics();
  assert.equal(nodes.kind, 'NodeMetricsList');
  const top = await k8s.topPods(core, metrics, ns);
  assert.equal(top[0].Pod.metadata.name, 'main');
  assert.equal(top[0].CPU.RequestTotal, 0.1);
  const topNodes = await k8s.topNodes(core);
  assert.ok(topNodes.length > 0);
  assert.ok(topNodes[0].CPU.Capacity > 0);
});

test('a pod is evicted', async () => {
  await runningPod(ns, 'evicted');
  await core.createNamespacedPodEviction({ name: 'evicted', namespace: ns, body: { metadata: { name: 'evicted' }, deleteOptions: { gracePeriodSeconds: 0 } } });
  await eventually('its end', async () => (await core.listNamespacedPod({ namespace: ns, fieldSelector: 'metadata.name=evicted' })).items.length === 0);
});
