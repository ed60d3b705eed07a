import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import type { CheckResult } from '../../domain/verdict.ts';
import { clusterBlueprint } from '../../testing/cluster/clusterBlueprint.ts';
import { commandLine } from '../../testing/commandLine.ts';
import { scratchDirectory } from '../../testing/scratch.ts';

const root = await scratchDirectory('gate-lab');
const cwd = join(root, 'app');
await mkdir(cwd);
const app = '[app]\nname = "Probe"\nslug = "probe"\n[run]\ncommand = ["x"]\n[deploy]\nhost = "gate.lab.localhost"\n';
await writeFile(join(cwd, 'app.toml'), app);

const {
  KUBECONFIG,
  RAILIANCE_LAB_REGISTRY: registry = '',
  RAILIANCE_LAB_HTTP: http,
  RAILIANCE_LAB_HTTPS: https,
} = process.env;
const env = { KUBECONFIG, RAILIANCE_HOME: join(root, 'home'), HOME: root, PATH: process.env.PATH };

async function gate(ingress: string, ...words: readonly string[]) {
  await writeFile(join(cwd, 'blueprint.toml'), clusterBlueprint({ registry, settings: [`ingress = { ${ingress} }`] }));
  const { exitCode, stdout, stderr } = await commandLine(['gate', '--json', ...words], { cwd, env });
  assert.ok(stdout.startsWith('{'), stderr);
  return { exitCode, ...(JSON.parse(stdout) as { go: boolean; durationMs: number; checks: readonly CheckResult[] }) };
}

const addresses = `http = "${http}", https = "${https}"`;

describe('railiance gate on a cluster', () => {
  test('says GO, and the second time the age of what was not asked again', async () => {
    const first = await gate(`${addresses}, tls = {}`, '--full');
    assert.equal(first.exitCode, 0, JSON.stringify(first.checks.filter(({ verdict }) => verdict !== 'pass')));
    const again = await gate(`${addresses}, tls = {}`);
    assert.equal(again.exitCode, 0);
    const aged = again.checks.filter(({ evidence }) => evidence?.ageMs !== undefined).map(({ name }) => name);
    assert.deepEqual(aged, ['rights', 'public name', 'certificate']);
    assert.ok(!again.checks.some(({ name }) => name === 'probe image'), 'only --full pushes');
  });

  test('says NO-GO where the route would lead nowhere', async () => {
    const { exitCode, go, checks } = await gate(`http = "127.0.0.1:9", class = "nginx"`);
    assert.deepEqual([exitCode, go], [4, false]);
    const failing = checks.filter(({ verdict }) => verdict !== 'pass').map(({ name }) => name);
    assert.deepEqual(failing, ['traefik', 'ingress class']);
  });
});
