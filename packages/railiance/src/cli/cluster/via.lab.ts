import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Failure } from '../../domain/failure.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { findPrograms } from '../../exec/which.ts';
import { createApi } from '../../kubernetes/api.ts';
import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { type LabCluster, openLabCluster } from '../../testing/cluster/clusterFixture.ts';
import { fetchAt } from '../../testing/local/localFixture.ts';
import { type SshServer, startSshServer } from '../../testing/sshServer.ts';
import { writeTree } from '../../testing/tree.ts';
import { openOrigin } from './origin.ts';

/** A cluster that only another machine can reach: there is its kubeconfig, there is helm. Here is neither. */
const main = fileURLToPath(import.meta.resolve('../main.ts'));
const server = `import { createServer } from 'node:http';
const server = createServer((request, response) => response.end('through the other machine'));
server.listen(process.env.PORT);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

let lab: LabCluster;
let machine: SshServer;
let folder: string;
before(async () => {
  lab = openLabCluster('via');
  machine = await startSshServer({ KUBECONFIG: process.env.KUBECONFIG ?? '' });
  folder = await mkdtemp(join(tmpdir(), 'railiance-via-'));
  const { registry, http, mark } = lab;
  const { host, user, port, key } = machine.target;
  await writeTree(folder, {
    'blueprint.toml': `
[registry]
push = "${registry}"
plain_http = true
[nodes.core]
role = "cluster"
ssh = { host = "${host}", user = "${user}", port = ${port}, key = "${key}" }
[[stages]]
name = "production"
engine = "kubernetes"
production = false
settings = { via = "core", namespace = "${mark}-apps", state_namespace = "${mark}-state", ingress = { http = "${http}" } }
`,
    'web/app.toml': `
[app]
name = "web"
[build]
builder = "node"
[deploy]
host = "web-${mark}.localhost"
[run]
health = "/"
start_timeout = "20s"
`,
    'web/package.json': { name: 'web', version: '1.0.0', type: 'module', main: 'server.js' },
    'web/server.js': server,
  });
});
after(async () => {
  await lab.clear();
  await machine.stop();
  await rm(folder, { recursive: true, force: true });
});

async function railiance(...args: readonly string[]) {
  const withHelm = findPrograms('helm').map(dirname);
  const path = (process.env.PATH ?? '').split(':').filter((entry) => !withHelm.includes(entry));
  const { KUBECONFIG: _, ...rest } = process.env;
  const env = {
    ...{ ...rest, PATH: path.join(':'), NO_COLOR: '1' },
    RAILIANCE_HOME: join(folder, 'home'),
    RAILIANCE_SSH_CONFIG: machine.options.configFile ?? '',
  };
  const argv = ['--conditions=railiance-source', main, ...args];
  return await new Promise<{ code: number; output: string }>((resolve) => {
    const options = { cwd: join(folder, 'web'), env, timeout: 120_000 };
    execFile(process.execPath, argv, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

async function succeeds(...args: readonly string[]): Promise<string> {
  const { code, output } = await railiance(...args);
  assert.equal(code, 0, output);
  return output;
}

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
    const [host = '', port = ''] = lab.http.split(':');
    const route = { url: `http://web-${lab.mark}.localhost`, connect: { host, port: Number(port) } };
    assert.equal((await fetchAt(route, '/')).body, 'through the other machine');
    assert.match(await succeeds('exec', '--', '/usr/local/bin/node', '-p', '6*7'), /42/);
    assert.match(await succeeds('status'), /serving/);
    assert.match(await succeeds('gate'), /through core/);
  });

  test('a connection that ends in mid-work is opened again, and one that cannot be is named', async () => {
    const stopped = await startSshServer({ KUBECONFIG: process.env.KUBECONFIG ?? '' });
    await writeTree(folder, {
      'ssh/known': await readFile(stopped.knownHosts),
      'ssh/config': `UserKnownHostsFile ${join(folder, 'ssh/known')}\nGlobalKnownHostsFile /dev/null\n`,
      'ssh/key': await readFile(stopped.target.key),
    });
    await chmod(join(folder, 'ssh/key'), 0o600);
    const ssh = { ...stopped.target, key: join(folder, 'ssh/key') };
    const env = { RAILIANCE_SSH_CONFIG: join(folder, 'ssh/config') };
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
    const mark = join(folder, 'still-here');
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
    const file = join(folder, 'exec.yaml');
    await mkdir(folder, { recursive: true });
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
