import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { commandLine } from '../../testing/commandLine.ts';
import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
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

test('a tag that a stage pulls, and that is in no registry, is refused before anything is started for it', async (context) => {
  const registry = await startMemoryRegistry();
  context.after(() => registry.close());
  const pulling = join(root, 'pulling');
  await writeTree(pulling, {
    'app.toml': '[app]\nname = "app"\n',
    'blueprint.toml': [
      `[registry]\npush = "${registry.host}"\nplain_http = true`,
      '[[stages]]\nname = "local"',
      '[[stages]]\nname = "production"\npull = true\n',
    ].join('\n'),
  });
  const { exitCode, stderr } = await commandLine(['deploy', '--tag', 'abc1234'], { cwd: pulling, env });
  assert.equal(exitCode, 2, stderr);
  assert.ok(stderr.includes(`find app:abc1234: no image here or at ${registry.host}/app has that tag`), stderr);
  assert.ok(registry.requests.some(({ url }) => url.startsWith('/v2/app/manifests/abc1234')));
  assert.equal(existsSync(join(root, 'home', 'agent')), false);
});
