import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { findPrograms } from '../../exec/which.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';
import { accepts, freePort, type RunningProgram, startProgram } from '../../testing/peerRegistries/program.ts';

const slug = 'sourced';
const run = promisify(execFile);

let app: DeployedApp;
let repository: string;
before(async () => {
  app = await openDeployedApp('sources', { slug });
  repository = `${app.lab.registry}/${app.lab.mark}/${slug}`;
});
after(() => app.close());

const toml = (chart: string) => `registry = "${repository}"
[build]
builder = "node"
[secrets]
generate = ["SESSION"]
[deploy]
chart = "${chart}"
[[smoke]]
path = "/"
expect = { status = 200, body = "version" }
`;

/** A chart that says of itself which one it is. */
async function writeChart(folder: string, words: string): Promise<void> {
  const env = `            - { name: CHART, value: "${words}" }`;
  await writeSeedChart(folder, { slug, repository, host: app.host, env });
}

/** Of the release that serves, as it is on record. */
async function chartRevision(): Promise<string | undefined> {
  const { entries } = JSON.parse((await app.railiance('two', 'history', slug, '--json')).stdout) as {
    readonly entries: readonly { readonly release?: { readonly chartRevision?: string } }[];
  };
  return entries.find(({ release }) => release !== undefined)?.release?.chartRevision;
}

describe('a chart from a git server', () => {
  let server: RunningProgram;
  let url: string;
  let checkout: string;
  const git = async (...args: readonly string[]) => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', checkout];
    return (await run('git', [...who, ...args])).stdout.trim();
  };
  const commit = async (words: string) => {
    await writeChart(join(checkout, 'helm', slug), words);
    await git('add', '.');
    await git('commit', '--quiet', '--message', words);
    await git('push', '--quiet', join(app.folder, 'git/apps.git'), 'main');
    return await git('rev-parse', '--short=12', 'HEAD');
  };

  before(async () => {
    checkout = join(app.folder, 'checkout');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(app.folder, 'git/apps.git')]);
    await run('git', ['init', '--quiet', '--initial-branch=main', checkout]);
    const port = await freePort();
    url = `git://127.0.0.1:${port}/apps.git//helm/${slug}?ref=main`;
    const argv = ['git', 'daemon', '--export-all', '--reuseaddr', '--listen=127.0.0.1', `--port=${port}`] as const;
    server = await startProgram({
      argv: [...argv, `--base-path=${join(app.folder, 'git')}`],
      env: {},
      logFile: join(app.folder, 'git.log'),
      ready: () => accepts(port),
    });
  });
  // It ends what it has started itself.
  after(() => server.stop('SIGTERM'));

  test('is deployed at its newest commit, which is on record, and a rollback brings the one before back', async () => {
    const first = await commit('first chart');
    await app.configure(toml(url));
    assert.match(await app.succeeds('one', 'deploy'), /is live and verified as release 1/);
    assert.equal(await app.serves('/env/CHART'), 'first chart');
    assert.equal(await chartRevision(), first);
    const second = await commit('second chart');
    assert.match(await app.succeeds('one', 'plan'), /env\[CHART\]\.value: first chart → second chart/);
    await app.version('v2');
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves('/env/CHART'), 'second chart');
    assert.equal(await chartRevision(), second);
    await app.succeeds('two', 'rollback', slug);
    assert.equal(await app.serves(), 'version v1');
    assert.equal(await app.serves('/env/CHART'), 'first chart');
  });

  test('that has no such branch is refused with the words of git', async () => {
    await app.configure(toml(url.replace('ref=main', 'ref=nobodys')));
    await app.version('v3');
    const { exitCode, output } = await app.railiance('one', 'deploy');
    assert.notEqual(exitCode, 0);
    assert.match(output, /fetch the chart git:.*nobodys/);
    assert.equal(await app.serves(), 'version v1');
  });
});

describe('a chart from an OCI registry without TLS', () => {
  let charts: string;
  const push = async (words: string) => {
    const folder = join(app.folder, words, slug);
    await writeChart(folder, words);
    await mkdir(join(app.folder, 'packed'), { recursive: true });
    await run('helm', ['package', folder, '--destination', join(app.folder, 'packed')]);
    const pushed = await run('helm', ['push', join(app.folder, `packed/${slug}-0.1.0.tgz`), charts, '--plain-http']);
    return /sha256:[0-9a-f]{64}/.exec(pushed.stdout + pushed.stderr)?.[0];
  };
  before(() => {
    charts = `oci://${app.lab.registry}/${app.lab.mark}/charts`;
  });

  for (const name of ['helm', 'helm3']) {
    test(`is pulled and deployed with ${name}, its version and digest on record`, async () => {
      await app.settings(`helm = "${findPrograms(name)[0]}"`);
      const digest = await push(`packed for ${name}`);
      await app.configure(toml(`${charts}/${slug}:0.1.0`));
      await app.version(`with ${name}`);
      await app.succeeds('one', 'deploy');
      assert.equal(await app.serves(), `version with ${name}`);
      assert.equal(await app.serves('/env/CHART'), `packed for ${name}`);
      assert.equal(await chartRevision(), `0.1.0@${digest}`);
    });
  }

  test('that is not there is refused with the words of Helm', async () => {
    const old = await app.serves();
    await app.configure(toml(`${charts}/${slug}:9.9.9`));
    await app.version('v9');
    const { exitCode, output } = await app.railiance('one', 'deploy');
    assert.notEqual(exitCode, 0);
    assert.match(output, /pull the chart oci:\S+:9\.9\.9: .*not found/);
    assert.equal(await app.serves(), old);
  });
});
