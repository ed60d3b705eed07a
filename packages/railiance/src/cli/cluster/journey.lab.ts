import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

import { type KubeList, pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import { type LabCluster, openLabCluster } from '../../testing/cluster/clusterFixture.ts';
import { fetchAt } from '../../testing/local/localFixture.ts';

/** The whole of it as a user has it: the command line, a folder with an app, a blueprint, and a real cluster. */
const main = fileURLToPath(import.meta.resolve('../main.ts'));
const app = 'journey';

let lab: LabCluster;
let folder: string;
before(async () => {
  lab = openLabCluster('journey');
  folder = await mkdtemp(join(tmpdir(), 'railiance-journey-'));
  await mkdir(join(folder, app));
  await writeFile(join(folder, 'blueprint.toml'), blueprint(lab));
  await writeFile(join(folder, app, 'app.toml'), appToml);
  await writeFile(
    join(folder, app, 'package.json'),
    JSON.stringify({ name: app, version: '1.0.0', type: 'module', main: 'server.js' }),
  );
  await version('v1');
});
after(async () => {
  await lab.clear();
  await rm(folder, { recursive: true, force: true });
});

const blueprint = ({ registry, http, mark }: LabCluster) => `
[registry]
push = "${registry}"
plain_http = true
[[stages]]
name = "production"
engine = "kubernetes"
production = false
[stages.settings]
namespace = "${mark}-apps"
state_namespace = "${mark}-state"
ingress = { http = "${http}" }
`;

const appToml = `
[app]
name = "${app}"
[build]
builder = "node"
[run]
health = "/healthz"
start_timeout = "20s"
[secrets]
generate = ["SESSION"]
[[smoke]]
path = "/"
expect = { status = 200, body = "version" }
`;

/** Another version of the app's source. */
async function version(name: string, wrong = ''): Promise<void> {
  const source = `import { createServer } from 'node:http';
console.log('session', process.env.SESSION);
${wrong}
const server = createServer((request, response) => response.end('version ${name}'));
server.listen(process.env.PORT);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
  await writeFile(join(folder, app, 'server.js'), source);
}

/** The CLI on a machine of its own: nothing of another machine's state is there. */
function start(machine: string, ...args: readonly string[]): ChildProcess {
  const env = { ...process.env, RAILIANCE_HOME: join(folder, `home-${machine}`), NO_COLOR: '1' };
  const argv = ['--conditions=railiance-source', main, ...args];
  return spawn(process.execPath, argv, { cwd: join(folder, app), env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function railiance(machine: string, ...args: readonly string[]) {
  const child = start(machine, ...args);
  const output = Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
  ]);
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return { exitCode, output: (await output).join('') };
}

async function succeeds(machine: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, output } = await railiance(machine, ...args);
  assert.equal(exitCode, 0, output);
  return output;
}

function route() {
  const [host = '', port = ''] = lab.http.split(':');
  return { url: `http://${app}.production.localhost`, connect: { host, port: Number(port) } };
}

const serves = async () => (await fetchAt(route(), '/')).body;

/** Asks without a pause until it is told to stop; every answer counts. */
function visitor() {
  const seen = { answers: 0, failures: [] as string[] };
  let over = false;
  const asking = (async () => {
    while (!over) {
      const answer = await fetchAt(route(), '/').catch((error: Error) => ({ status: 0, body: error.message }));
      seen.answers++;
      if (answer.status !== 200) seen.failures.push(`${answer.status} ${answer.body.slice(0, 80)}`);
      await wait(5);
    }
  })();
  return {
    seen,
    stop: async () => {
      over = true;
      await asking;
    },
  };
}

async function runRecords(): Promise<number> {
  const { items } = await lab.api
    .call<KubeList<SecretObject>>(pathOf('secrets', `${lab.mark}-state`), {
      query: { labelSelector: 'railiance.dev/kind=run' },
    })
    .catch(() => ({ items: [] }));
  const newest = items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? 1 : -1))[0];
  return (
    Buffer.from(newest?.data?.['journal.jsonl'] ?? '', 'base64')
      .toString()
      .split('\n').length - 1
  );
}

describe('an app on a cluster', () => {
  test('is deployed, and everything railiance says of it holds', async () => {
    const output = await succeeds('one', 'deploy');
    assert.match(output, /is live and verified as release 1/);
    assert.equal(await serves(), 'version v1');
    assert.match(await succeeds('two', 'status'), /✓ serving +#1/);
    assert.match(await succeeds('two', 'logs', app), /session \[secret\]/);
    assert.match(
      await succeeds('two', 'exec', '--', '/usr/local/bin/node', '-p', 'process.env.RAILIANCE_STAGE'),
      /production/,
    );
  });

  test('changes nothing when the same is deployed again', async () => {
    assert.match(await succeeds('one', 'deploy'), /release 1 serves already/);
  });

  test('is replaced, restarted and rolled back without one failed request', async () => {
    const guest = visitor();
    await version('v2');
    await succeeds('one', 'deploy');
    assert.equal(await serves(), 'version v2');
    await succeeds('two', 'restart', app);
    await succeeds('two', 'rollback', app);
    assert.equal(await serves(), 'version v1');
    await guest.stop();
    assert.ok(guest.seen.answers > 50, `${guest.seen.answers} answers`);
    assert.deepEqual(guest.seen.failures, []);
  });

  test('that crashes is named, and the old version goes on', async () => {
    await version('v3', "console.error('no such table: probes'); process.exit(7);");
    const { exitCode, output } = await railiance('one', 'deploy');
    assert.equal(exitCode, 1, output);
    assert.match(output, /crash: it ended with exit code 7: no such table: probes/);
    assert.equal(await serves(), 'version v1');
  });

  // Sampled over the run: while it builds, as Helm works, before and after the switch, at the end.
  for (const records of [4, 10, 14, 18, 22]) {
    test(`whose deploy is killed at its journal's record ${records} is settled from another machine`, async () => {
      const old = await serves();
      await version(`k${records}`);
      const before = await runRecords();
      const child = start('one', 'deploy');
      const gone = once(child, 'exit');
      const untilMs = performance.now() + 60_000;
      for (let left = true; left && child.exitCode === null && performance.now() < untilMs; ) {
        const now = await runRecords();
        left = now === before || now < records;
      }
      child.kill('SIGKILL');
      await gone;
      assert.ok([old, `version k${records}`].includes(await serves()), 'something serves');
      const { output } = await railiance('two', 'resume', app, ...(records < 20 ? ['--undo'] : []), '--wait', '60s');
      const settled = await railiance('two', 'status');
      assert.equal(settled.exitCode, 0, `${output}${settled.output}`);
      assert.match(settled.output, /✓ serving/);
      assert.doesNotMatch(settled.output, /stopped at/, 'no run is open');
      assert.ok([old, `version k${records}`].includes(await serves()));
    });
  }

  test('whose helm is killed in the middle is healed by the next deploy', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    const mark = join(bin, 'killed');
    const script = `#!/bin/sh
PATH='${process.env.PATH}'
if [ "$1" = upgrade ] && [ ! -e '${mark}' ]; then : > '${mark}'; timeout -s KILL 0.25 helm "$@"; exit 137; fi
exec helm "$@"
`;
    await writeFile(join(bin, 'helm'), script, { mode: 0o755 });
    const toml = blueprint(lab).replace('[stages.settings]', `[stages.settings]\nhelm = "${join(bin, 'helm')}"`);
    await writeFile(join(folder, 'blueprint.toml'), toml);
    await version('healed');
    const { output } = await railiance('one', 'deploy');
    await succeeds('one', 'deploy');
    assert.equal(await serves(), 'version healed', output);
  });

  test('leaves no secret in what Helm and the records keep in the open', async () => {
    const secrets = await lab.api.call<KubeList<SecretObject>>(pathOf('secrets', `${lab.mark}-apps`));
    const env = secrets.items.find(({ metadata }) => metadata.name.includes('-env-'));
    const value = Buffer.from(Object.values(env?.data ?? {})[0] ?? '', 'base64').toString();
    assert.ok(value.length > 20, 'there is a value to look for');
    for (const { metadata, data } of secrets.items.filter(({ type }) => type === 'helm.sh/release.v1')) {
      const release = gunzipSync(
        Buffer.from(Buffer.from(data?.release ?? '', 'base64').toString(), 'base64'),
      ).toString();
      assert.ok(!release.includes(value) && !release.includes(Buffer.from(value).toString('base64')), metadata.name);
    }
    for (const resource of ['configmaps', 'events'] as const) {
      for (const namespace of [`${lab.mark}-apps`, `${lab.mark}-state`]) {
        assert.ok(!JSON.stringify(await lab.api.call(pathOf(resource, namespace))).includes(value), resource);
      }
    }
  });
});
