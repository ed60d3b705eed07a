import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { commandLine } from '../../testing/commandLine.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { writeTree } from '../../testing/tree.ts';

const root = await scratchDirectory('plan');
const cwd = join(root, 'app');
await writeTree(cwd, {
  'app.toml': '[app]\nname = "app"\n',
  'package.json': { name: 'app', type: 'module', main: 'server.js' },
  'server.js': '',
});
const env = { RAILIANCE_HOME: join(root, 'home'), HOME: root, PATH: process.env.PATH };

test('a plan is saved beside the app, and not where it would be part of the source that it is about', async () => {
  const saved = await commandLine(['plan', '--out', '../plan.json'], { cwd, env });
  assert.equal(saved.exitCode, 0, saved.stderr);
  assert.equal(JSON.parse(await readFile(join(root, 'plan.json'), 'utf8')).command, 'deploy');

  const refused = await commandLine(['plan', '--out', 'plan.json'], { cwd, env });
  assert.equal(refused.exitCode, 2);
  assert.match(refused.stderr, /write the plan to .*: there it is part of the source.*\nhint: .*outside of/s);
  await assert.rejects(access(join(cwd, 'plan.json')), { code: 'ENOENT' });
});
