import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { CheckResult } from '../../domain/verdict.ts';
import { commandLine } from '../../testing/commandLine.ts';
import { scratchDirectory } from '../../testing/scratch.ts';

const root = await scratchDirectory('gate');
const cwd = join(root, 'app');
const env = { RAILIANCE_HOME: join(root, 'home'), HOME: root, PATH: process.env.PATH };
const run = (...words: readonly string[]) => commandLine(words, { cwd, env });
const constraint = (size: string) => `[nodes.seed]
role = "workstation"
[[nodes.seed.constraints]]
name = "archive whole"
impact = "the build crashes"
mitigation = "patch the archive"
file = { path = ${JSON.stringify(join(cwd, 'app.toml'))}, min_size = "${size}" }
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('railiance gate', () => {
  before(async () => {
    await mkdir(cwd);
    await writeFile(join(cwd, 'app.toml'), '[app]\nname = "Probe"\nslug = "probe"\n[run]\ncommand = ["x"]\n');
    const up = await run('local', 'up', '--port', String(await freePort()));
    assert.equal(up.exitCode, 0, up.stderr);
  });
  after(() => run('local', 'down'));

  test('says GO where all that is asked passes, with the evidence for a script', async () => {
    await writeFile(join(cwd, 'blueprint.toml'), constraint('10B'));
    const go = await run('gate', '--json');
    assert.equal(go.exitCode, 0, go.stdout + go.stderr);
    const answer = JSON.parse(go.stdout) as { schema: string; go: boolean; checks: readonly CheckResult[] };
    assert.deepEqual([answer.schema, answer.go], ['railiance.gate.v1', true]);
    const names = answer.checks.map(({ name }) => name);
    for (const name of ['agent', 'runtime', 'disk space', 'secrets key', 'seed: archive whole']) {
      assert.ok(names.includes(name), `${name} is asked`);
    }
  });

  test('says NO-GO with 4, names what stands in the way, and what helps', async () => {
    await writeFile(join(cwd, 'blueprint.toml'), constraint('1GiB'));
    const { exitCode, stdout } = await run('gate');
    assert.equal(exitCode, 4, stdout);
    assert.match(stdout, /^NO-GO: 1 of \d+ checks do not pass: seed: archive whole/m);
    assert.match(stdout, /^seed: archive whole: patch the archive$/m);
    assert.match(stdout, /\(impact: the build crashes\)/);
  });
});
