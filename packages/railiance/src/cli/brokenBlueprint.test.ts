import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

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

test('a cluster that is down does not hide what runs on this machine', async () => {
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
  const { stdout, stderr } = await commandLine(['status', '--json'], { cwd, env });
  assert.equal(JSON.parse(stdout).stages[0].stage, 'canary');
  assert.match(stderr, /stage production cannot be asked: .*ECONNREFUSED/);
});
