import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { assertSettled } from '../../../../../test/chaos/invariants.ts';
import { Failure } from '../../domain/failure.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { findPrograms } from '../../exec/which.ts';
import { createApi } from '../../kubernetes/api.ts';
import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { identity, recipient } from '../../secrets/sops/testKeys.ts';
import { askedFrom, type DeployedApp, ended, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { childrenNamed, killIfThere, untilPending } from '../../testing/cluster/killing.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { type SshServer, startSshServer } from '../../testing/sshServer.ts';
import { writeTree } from '../../testing/tree.ts';
import { openOrigin } from './origin.ts';

/** A cluster that only another machine can reach: there are its kubeconfig, helm, a chart and an age key. Here is none of them. */
const slug = 'far';

let machine: SshServer;
let app: DeployedApp;
/** Of the other machine. */
let home: string;
before(async () => {
  home = await scratchDirectory('via-home');
  machine = await startSshServer({ KUBECONFIG: process.env.KUBECONFIG ?? '', HOME: home });
  const { host, user, port, key } = machine.target;
  const blueprint = `[nodes.core]
role = "cluster"
ssh = { host = "${host}", user = "${user}", port = ${port}, key = "${key}" }
`;
  const withHelm = findPrograms('helm').map(dirname);
  const path = (process.env.PATH ?? '').split(':').filter((entry) => !withHelm.includes(entry));
  const env = {
    ...{ KUBECONFIG: undefined, PATH: path.join(':') },
    RAILIANCE_SSH_CONFIG: machine.options.configFile ?? '',
  };
  app = await openDeployedApp('via', { slug, blueprint, settings: 'via = "core"', env });
});
after(async () => {
  await app.close();
  await machine.stop();
});

const succeeds = (...args: readonly string[]) => app.succeeds('here', ...args);

const node = () => ({
  ...{ name: 'core', roles: ['cluster' as const], resources: {}, env: {}, constraints: [] },
  ssh: machine.target,
});
const around = () => ({
  env: { RAILIANCE_SSH_CONFIG: machine.options.configFile ?? '' },
  exec: createLocalExec(),
});

const refuses = (exitCode: number, action: RegExp, problem: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error));
  assert.match(error.action, action);
  assert.match(error.problem, problem);
  assert.equal(error.exitCode, exitCode);
  assert.ok(error.hint, 'it says what to do');
  return true;
};

describe('a stage that is changed from another machine', () => {
  test('is deployed, asked and rolled away with neither a kubeconfig nor helm here', async () => {
    await succeeds('deploy');
    assert.equal(await app.serves(), 'version v1');
    assert.match(await succeeds('exec', '--', '/usr/local/bin/node', '-p', '6*7'), /42/);
    assert.match(await succeeds('status'), /serving/);
    assert.match(await succeeds('gate'), /through core/);
  });

  test('an SSH that dies while helm is at work there loses nothing', async (context) => {
    const guest = app.visitor();
    await app.version('v2', 'await new Promise((done) => setTimeout(done, 3000));');
    const child = app.start('here', 'deploy');
    const gone = ended(child);
    await untilPending(app, 'pending-upgrade');
    const connections = await childrenNamed('ssh', child.pid as number);
    assert.ok(connections.map(killIfThere).includes(true), 'there is a connection, and it is killed');
    const { exitCode, output } = await gone;
    context.diagnostic(`exit ${exitCode}`);
    assert.equal(await app.serves(), exitCode === 0 ? 'version v2' : 'version v1', output);
    if (exitCode !== 0) assert.match(output, /cause .*SSH|core/);
    await succeeds('deploy', '--wait', '60s');
    await guest.stop();
    assert.deepEqual(guest.failures, []);
    assert.equal(await app.serves(), 'version v2');
    await assertSettled(askedFrom(app, 'here'), 'production');
  });

  test('its age key opens the secrets, and its chart is what is deployed', async () => {
    const { lab } = app;
    const repository = `${lab.registry}/${lab.mark}/${slug}`;
    const env = '            - { name: WORDS, value: "by the chart there" }';
    await writeSeedChart(join(home, 'charts/far'), { slug, repository, host: app.host, env });
    await app.configure(`registry = "${repository}"
[build]
builder = "node"
[secrets]
file = "app.env.sops.yaml"
required = ["GREETING"]
[deploy]
chart = "charts/far"
[[smoke]]
path = "/env/WORDS"
expect = { status = 200, body = "by the chart there" }
`);
    await app.write({ 'app.env.sops.yaml': 'GREETING: opened by the key there\n' });
    await succeeds('secrets', 'encrypt', '--in-place', 'app.env.sops.yaml', '--recipient', recipient);
    assert.match(await app.must(4, 'here', 'deploy'), /no age key/);
    await writeTree(home, { '.config/sops/age/keys.txt': `${identity}\n` });
    await chmod(join(home, '.config/sops/age/keys.txt'), 0o600);
    await succeeds('deploy');
    assert.equal(await app.serves('/env/GREETING'), 'opened by the key there');
    assert.equal(await app.serves('/env/WORDS'), 'by the chart there');
  });

  test('a connection that ends in mid-work is opened again, and one that cannot be is named', async () => {
    const stopped = await startSshServer({ KUBECONFIG: process.env.KUBECONFIG ?? '' });
    await writeTree(app.folder, {
      'ssh/known': await readFile(stopped.knownHosts),
      'ssh/config': `UserKnownHostsFile ${join(app.folder, 'ssh/known')}\nGlobalKnownHostsFile /dev/null\n`,
      'ssh/key': await readFile(stopped.target.key),
    });
    await chmod(join(app.folder, 'ssh/key'), 0o600);
    const ssh = { ...stopped.target, key: join(app.folder, 'ssh/key') };
    const env = { RAILIANCE_SSH_CONFIG: join(app.folder, 'ssh/config') };
    const origin = await openOrigin({ ...node(), ssh }, {}, { ...around(), env });
    try {
      const api = createApi(origin.connection);
      const names = async () => (await api.call<KubeList<KubeObject>>(pathOf('namespaces'))).items.length;
      assert.ok((await names()) > 0);
      await origin.close();
      assert.ok((await names()) > 0, 'through a new connection');
      await stopped.stop();
      await origin.close();
      await assert.rejects(names(), refuses(6, /reach core by SSH/, /refused/));
    } finally {
      await origin.close();
    }
  });

  test('helm that is cut off there leaves nothing of it running', async () => {
    const origin = await openOrigin(node(), {}, around());
    const mark = join(app.folder, 'still-here');
    try {
      const script = `echo begun; sleep 3; touch ${mark}`;
      const begun = Promise.withResolvers<void>();
      const stop = new AbortController();
      const running = origin.exec.run({
        argv: ['sh', '-c', script],
        signal: stop.signal,
        onLine: () => begun.resolve(),
      });
      await begun.promise;
      stop.abort();
      await running;
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      await assert.rejects(readFile(mark), { code: 'ENOENT' });
    } finally {
      await origin.close();
    }
  });

  test('a kubeconfig that is not there, a key that is refused and a program for credentials are named', async () => {
    const missing = openOrigin(node(), { kubeconfig: 'no/such/config' }, around());
    await assert.rejects(missing, refuses(6, /read the kubeconfig .*no\/such\/config on core/, /No such file/));
    await assert.rejects(
      openOrigin({ ...node(), ssh: { ...machine.target, user: 'nobody' } }, {}, around()),
      refuses(6, /reach core by SSH/, /none of the keys/),
    );
    await assert.rejects(
      openOrigin(node(), { context: 'other' }, around()),
      refuses(2, /read .* on core/, /no context "other"/),
    );
    const file = join(app.folder, 'exec.yaml');
    await writeFile(file, withProgram);
    await assert.rejects(
      openOrigin(node(), { kubeconfig: file }, around()),
      refuses(2, /exec\.yaml on core/, /from a program \(exec\)/),
    );
  });
});

const withProgram = `apiVersion: v1
kind: Config
current-context: c
contexts: [{ name: c, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:6443" } }]
users: [{ name: u, user: { exec: { command: aws, apiVersion: client.authentication.k8s.io/v1 } } }]
`;
