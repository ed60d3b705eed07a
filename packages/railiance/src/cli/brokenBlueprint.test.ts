import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { createFileReleaseStore } from '../releases/fileReleaseStore.ts';
import { commandLine } from '../testing/commandLine.ts';
import { sampleRelease } from '../testing/sampleRelease.ts';

const cwd = mkdtempSync(join(tmpdir(), 'railiance-broken-'));
after(() => rmSync(cwd, { recursive: true }));
const env = { PATH: process.env.PATH ?? '', HOME: cwd, RAILIANCE_HOME: join(cwd, 'state') };

test('what is released on this machine is shown and rolled back, whatever the blueprint says', async () => {
  const releases = createFileReleaseStore({ home: homeAt(env) });
  await releases.record(sampleRelease('one'), 1);
  await releases.record(sampleRelease('two'), 1);
  writeFileSync(join(cwd, 'blueprint.toml'), 'kubernetes = "\n');
  const status = await commandLine(['status', '--json'], { cwd, env });
  assert.equal(JSON.parse(status.stdout).stages[0].release.number, 2);
  assert.match(status.stderr, /the blueprint cannot be asked/);
  const plan = await commandLine(['rollback', 'probe', '--plan', '--json'], { cwd, env });
  assert.match(plan.stdout, /release 1 comes back/);
});

describe('a cluster that is down', () => {
  before(placeOnDeadCluster);

  test('does not hide what runs on this machine, and status says that it does not know the rest', async () => {
    const { stdout, stderr, exitCode } = await commandLine(['status', '--json'], { cwd, env });
    const { stages, unasked } = JSON.parse(stdout);
    assert.equal(stages[0].stage, 'canary');
    assert.deepEqual(unasked, ['production']);
    assert.match(stderr, /stage production cannot be asked: .*ECONNREFUSED/);
    assert.equal(exitCode, 6);
    const alone = await commandLine(['status', '--stage', 'production'], { cwd, env });
    assert.equal(alone.stdout, 'what is on stage production is not known\n');
    assert.equal(alone.exitCode, 6);
  });

  for (const verb of ['rollback', 'history']) {
    test(`is not taken for the stage that answers by ${verb}`, async () => {
      const { stderr, exitCode } = await commandLine([verb, 'probe', ...(verb === 'rollback' ? ['--yes'] : [])], {
        cwd,
        env,
      });
      assert.match(stderr, /error: find probe: stage production cannot be asked whether it is there/);
      assert.match(stderr, /hint: put that right, then the same again, or name another one with --stage: canary/);
      assert.equal(exitCode, 6);
    });
  }

  test('may be the one that knows an app by its slug', async () => {
    const { stderr, exitCode } = await commandLine(['rollback', 'shop', '--stage', 'production'], { cwd, env });
    assert.match(stderr, /error: find shop: stage production cannot be asked whether it is there/);
    assert.equal(exitCode, 6);
    const status = await commandLine(['status', 'shop'], { cwd, env });
    assert.equal(status.stdout, 'what is on stage production is not known\n');
    assert.equal(status.exitCode, 6);
  });

  test('stands in the way of nothing that is named', async () => {
    const { stdout } = await commandLine(['rollback', 'probe', '--stage', 'canary', '--plan', '--json'], { cwd, env });
    assert.match(stdout, /release 1 comes back/);
  });
});

function placeOnDeadCluster(): void {
  writeFileSync(
    join(cwd, 'kubeconfig'),
    `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
      clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}], users: [{name: u, user: {token: x}}]}`,
  );
  writeFileSync(
    join(cwd, 'blueprint.toml'),
    `[registry]\npush = "127.0.0.1:1"\n[[stages]]\nname = "canary"\nengine = "local"
[[stages]]\nname = "production"\nengine = "kubernetes"\nsettings = { kubeconfig = "${join(cwd, 'kubeconfig')}" }\n`,
  );
}
