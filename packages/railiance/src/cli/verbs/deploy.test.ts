import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { commandLine } from '../../testing/commandLine.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { writeTree } from '../../testing/tree.ts';

const root = await scratchDirectory('deploy');
const cwd = join(root, 'app');
await writeTree(cwd, { 'app.toml': '[app]\nname = "app"\n', 'index.html': 'nothing to build' });
const env = { RAILIANCE_HOME: join(root, 'home'), HOME: root, PATH: process.env.PATH };

for (const [argv, problem] of [
  [['run'], /choose the builder: .* has none of/],
  [['deploy'], /choose the builder: .* has none of/],
  [['deploy', '--tag', 'abc1234'], /no image here has that tag/],
] as const) {
  test(`railiance ${argv.join(' ')} is refused before anything is started for it`, async () => {
    const { exitCode, stderr } = await commandLine(argv, { cwd, env });
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, problem);
    assert.doesNotMatch(stderr, /agent/);
    assert.equal(existsSync(join(root, 'home', 'agent')), false);
  });
}
