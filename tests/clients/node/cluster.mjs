// What every file of tests shares: the cluster under test, a namespace of its own, and waiting for a condition.
//
// KUBECONFIG and FAIRWAY_CONTEXT name the cluster. With FAIRWAY_PODS=given no node runs pods: their status is written by the
// test, and the server's streams are those of the test that started it. Otherwise pods really run.
import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';

export { k8s };
export const podsAreGiven = process.env.FAIRWAY_PODS === 'given';

export function config(context = process.env.FAIRWAY_CONTEXT ?? 'dev') {
  const kc = new k8s.KubeConfig();
  kc.loadFromFile(process.env.KUBECONFIG);
  kc.setCurrentContext(context);
  return kc;
}

export const kc = config();
export const core = kc.makeApiClient(k8s.CoreV1Api);

let count = 0;
const made = [];

/** A new namespace; it is deleted when the file's tests are over. */
export async function namespace() {
  const name = `n-${process.pid}-${count++}-${Math.random().toString(36).slice(2, 7)}`;
  await core.createNamespace({ body: { metadata: { name } } });
  made.push(name);
  return name;
}

export async function removeNamespaces() {
  await Promise.all(made.map((name) => core.deleteNamespace({ name })));
}

/** Asks until the answer is truthy, and gives it back. */
export async function eventually(what, ask, patience = 30_000) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) assert.fail(`${what} did not come about in ${patience} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The refusal of a call: its code and the Status that came with it. */
export async function refusal(call) {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof k8s.ApiException)) throw error;
    return { code: error.code, status: typeof error.body === 'string' ? JSON.parse(error.body) : error.body };
  }
  assert.fail('the call was not refused');
}

/** Options with which a generated client sends a patch of a kind. */
export function patching(kind) {
  return k8s.setHeaderOptions('Content-Type', kind);
}

/** A pod that runs a shell script and its status says so. */
export async function runningPod(ns, name, script = 'echo started; sleep 600', labels = undefined) {
  await core.createNamespacedPod({
    namespace: ns,
    body: {
      metadata: { name, labels },
      spec: {
        nodeName: podsAreGiven ? 'node-1' : undefined,
        terminationGracePeriodSeconds: 1,
        containers: [{
          name: 'main', image: podsAreGiven ? 'busybox' : 'fairway.dev/host', command: ['sh', '-c', script], ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
        }],
      },
    },
  });
  if (podsAreGiven) {
    const body = {
      status: {
        phase: 'Running', podIP: '10.1.0.9',
        containerStatuses: [{ name: 'main', ready: true, started: true, restartCount: 0, image: 'busybox', imageID: '', state: { running: { startedAt: new Date().toISOString() } } }],
      },
    };
    await core.patchNamespacedPodStatus({ name, namespace: ns, body }, patching(k8s.PatchStrategy.MergePatch));
  }
  return eventually(`pod ${name} running`, async () => {
    const pod = await core.readNamespacedPod({ name, namespace: ns });
    return pod.status?.phase === 'Running' && pod.status.containerStatuses?.[0]?.ready ? pod : undefined;
  });
}
