// Who comes in and as whom: kubeconfigs with tokens and certificates, ServiceAccounts in a pod, reviews, signing requests.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { config, core, eventually, k8s, kc, namespace, patching, refusal, removeNamespaces } from './cluster.mjs';

const authentication = kc.makeApiClient(k8s.AuthenticationV1Api);
const authorization = kc.makeApiClient(k8s.AuthorizationV1Api);
const rbac = kc.makeApiClient(k8s.RbacAuthorizationV1Api);
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'fairway-node-'));
let ns;
before(async () => { ns = await namespace(); });
after(async () => {
  fs.rmSync(home, { recursive: true });
  await removeNamespaces();
});

/** The same cluster, as someone else. */
function as(user) {
  const other = new k8s.KubeConfig();
  other.loadFromClusterAndUser(kc.getCurrentCluster(), { name: 'someone', ...user });
  return other;
}

const whoami = async (kubeconfig) => (await kubeconfig.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body: {} })).status.userInfo;

async function account(name) {
  await core.createNamespacedServiceAccount({ namespace: ns, body: { metadata: { name } } });
  const request = await core.createNamespacedServiceAccountToken({ name, namespace: ns, body: { spec: { expirationSeconds: 600, audiences: undefined } } });
  return request.status;
}

test('the kubeconfig tells who one is', async () => {
  const me = await whoami(kc);
  assert.ok(me.groups.includes('system:masters'));
  assert.ok(me.groups.includes('system:authenticated'));
});

test('who brings nothing is anonymous, and who brings a wrong token is nobody', async () => {
  const anonymous = as({});
  const refused = await refusal(anonymous.makeApiClient(k8s.CoreV1Api).listNamespacedPod({ namespace: ns }));
  assert.equal(refused.code, 403);
  assert.equal(refused.status.message, `pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "${ns}"`);
  const version = await anonymous.makeApiClient(k8s.VersionApi).getCode();
  assert.equal(version.minor, '32');
  const wrong = await refusal(as({ token: 'nonsense' }).makeApiClient(k8s.VersionApi).getCode());
  assert.equal(wrong.code, 401);
  assert.equal(wrong.status, undefined);
});

test('a ServiceAccount comes with its token, from a file as in a pod, and may what roles say', async () => {
  const token = await account('robot');
  assert.ok(token.expirationTimestamp instanceof Date);
  const directory = path.join(home, 'var/run/secrets/kubernetes.io/serviceaccount');
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'token'), token.token);
  fs.writeFileSync(path.join(directory, 'namespace'), ns);
  fs.writeFileSync(path.join(directory, 'ca.crt'), (await core.readNamespacedConfigMap({ name: 'kube-root-ca.crt', namespace: ns })).data['ca.crt']);
  const url = new URL(kc.getCurrentCluster().server);
  process.env.KUBERNETES_SERVICE_HOST = url.hostname;
  process.env.KUBERNETES_SERVICE_PORT = url.port;
  const inside = new k8s.KubeConfig();
  inside.loadFromCluster(home);
  inside.getCurrentCluster().server += url.pathname.replace(/\/$/, '');
  assert.equal(inside.getContextObject(inside.getCurrentContext()).namespace, ns);
  assert.equal((await whoami(inside)).username, `system:serviceaccount:${ns}:robot`);

  const own = inside.makeApiClient(k8s.CoreV1Api);
  assert.equal((await refusal(own.listNamespacedPod({ namespace: ns }))).code, 403);
  await rbac.createNamespacedRole({ namespace: ns, body: { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] } });
  await rbac.createNamespacedRoleBinding({
    namespace: ns,
    body: { metadata: { name: 'reader' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' }, subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: ns }] },
  });
  assert.deepEqual((await own.listNamespacedPod({ namespace: ns })).items, []);
  const may = async (client, verb) => (await client.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectAccessReview({
    body: { spec: { resourceAttributes: { verb, resource: 'pods', namespace: ns } } },
  })).status.allowed;
  assert.deepEqual([await may(inside, 'list'), await may(inside, 'delete'), await may(kc, 'delete')], [true, false, true]);
});

test('reviews of tokens and of access', async () => {
  const { token } = await account('reviewed');
  const review = await authentication.createTokenReview({ body: { spec: { token } } });
  assert.equal(review.status.authenticated, true);
  assert.equal(review.status.user.username, `system:serviceaccount:${ns}:reviewed`);
  assert.deepEqual([...review.status.user.groups].sort(), ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${ns}`]);
  const wrong = await authentication.createTokenReview({ body: { spec: { token: 'nonsense' } } });
  assert.ok(!wrong.status.authenticated);
  const local = await authorization.createNamespacedLocalSubjectAccessReview({
    namespace: ns, body: { spec: { user: 'ann', resourceAttributes: { namespace: ns, verb: 'get', resource: 'pods' } } },
  });
  assert.equal(local.status.allowed, false);
  const rules = await authorization.createSelfSubjectRulesReview({ body: { spec: { namespace: ns } } });
  assert.ok(rules.status.resourceRules.some((rule) => rule.verbs.includes('*') && rule.resources.includes('*')));
});

test('a request is signed when it is approved, and the certificate lets in', async () => {
  const certificates = kc.makeApiClient(k8s.CertificatesV1Api);
  const key = path.join(home, 'key.pem');
  const csr = execFileSync('openssl', ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-subj', '/O=sailors/CN=jane'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const name = `jane-${ns}`;
  await certificates.createCertificateSigningRequest({
    body: { metadata: { name }, spec: { request: csr.toString('base64'), signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], expirationSeconds: 3600 } },
  });
  const asked = await certificates.readCertificateSigningRequest({ name });
  assert.ok(!asked.status?.certificate);
  asked.status = { conditions: [{ type: 'Approved', status: 'True', reason: 'Test', message: 'by a test' }] };
  await certificates.replaceCertificateSigningRequestApproval({ name, body: asked });
  const signed = await eventually('the certificate', async () => (await certificates.readCertificateSigningRequest({ name })).status?.certificate);
  const kubeconfig = path.join(home, 'kubeconfig');
  const cluster = kc.getCurrentCluster();
  fs.writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'jane',
    clusters: [{ name: 'c', cluster: { server: cluster.server, 'certificate-authority-data': cluster.caData } }],
    users: [{ name: 'jane', user: { 'client-certificate-data': signed, 'client-key-data': fs.readFileSync(key).toString('base64') } }],
    contexts: [{ name: 'jane', context: { cluster: 'c', user: 'jane', namespace: ns } }],
  }));
  const jane = new k8s.KubeConfig();
  jane.loadFromFile(kubeconfig);
  const user = await whoami(jane);
  assert.equal(user.username, 'jane');
  assert.deepEqual([...user.groups].sort(), ['sailors', 'system:authenticated']);
});

test('acting as someone else', async () => {
  const impersonating = k8s.setHeaderOptions('Impersonate-Group', 'crew', k8s.setHeaderOptions('Impersonate-User', 'ann'));
  const { status } = await authentication.createSelfSubjectReview({ body: {} }, impersonating);
  assert.equal(status.userInfo.username, 'ann');
  assert.deepEqual(status.userInfo.groups, ['crew', 'system:authenticated']);
});

test('every context of the kubeconfig is a cluster of its own', async () => {
  const names = kc.getContexts().map((context) => context.name);
  assert.ok(names.length >= 2, names.join());
  const other = config(names.find((name) => name !== kc.getCurrentContext()));
  assert.equal((await refusal(other.makeApiClient(k8s.CoreV1Api).readNamespace({ name: ns }))).code, 404);
});

test('groups and versions are told', async () => {
  const groups = (await kc.makeApiClient(k8s.ApisApi).getAPIVersions()).groups.map((group) => group.name);
  for (const group of ['apps', 'batch', 'coordination.k8s.io', 'discovery.k8s.io', 'networking.k8s.io', 'rbac.authorization.k8s.io', 'metrics.k8s.io']) {
    assert.ok(groups.includes(group), group);
  }
  const core1 = await core.getAPIResources();
  assert.ok(core1.resources.some((resource) => resource.name === 'pods/exec'));
  const issuer = JSON.parse(await kc.makeApiClient(k8s.WellKnownApi).getServiceAccountIssuerOpenIDConfiguration().then((text) => typeof text === 'string' ? text : JSON.stringify(text)));
  assert.ok(issuer.jwks_uri);
  const jane = await core.patchNamespaceStatus({ name: ns, body: {} }, patching(k8s.PatchStrategy.MergePatch));
  assert.equal(jane.status.phase, 'Active');
});
