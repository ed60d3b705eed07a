import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import type { AppSpec } from '../../../domain/app.ts';
import { Failure } from '../../../domain/failure.ts';
import { createLocalExec } from '../../../exec/localExec.ts';
import { openLayout } from '../../../oci/index.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { type Tree, writeTree } from '../../../testing/tree.ts';
import { appAt, imageFiles, noRegistry, requestFor } from '../../contract.ts';
import { nodeBuilder } from '../../node.ts';

const root = await scratchDirectory('bundle');
let count = 0;

const tree: Tree = {
  'package.json': {
    name: 'probe',
    type: 'module',
    scripts: { start: 'node src/server.ts' },
    dependencies: { greet: '1.0.0', native: '1.0.0' },
  },
  'src/server.ts': `import greet from 'greet';
import { answer } from './answer.ts';
import native from 'native';
import { readFileSync } from 'node:fs';
const name: string = readFileSync(new URL('../static/name.txt', import.meta.url), 'utf8');
console.log(greet(name), answer, native);
`,
  'src/answer.ts': 'export enum Level { High = 42 }\nexport const answer: number = Level.High;\n',
  'src/migrate.ts': "import { answer } from './answer.ts';\nconsole.log('migrated to', answer);\n",
  'src/lazy.js': 'export default 1;',
  'static/name.txt': 'world',
  'node_modules/greet/package.json': { name: 'greet', version: '1.0.0', dependencies: { words: '1.0.0' } },
  'node_modules/greet/index.js': "const { hello } = require('words'); module.exports = (name) => hello + ' ' + name;",
  'node_modules/words/package.json': { name: 'words', version: '1.0.0' },
  'node_modules/words/index.js': "exports.hello = 'hello'; require('node:path');",
  'node_modules/native/package.json': { name: 'native', version: '1.0.0', dependencies: { helper: '1.0.0' } },
  'node_modules/native/index.js':
    "module.exports = require('helper') + require('fs').existsSync(__dirname + '/build/x.node');",
  'node_modules/native/build/x.node': 'binary',
  'node_modules/helper/package.json': { name: 'helper', version: '1.0.0' },
  'node_modules/helper/index.js': "module.exports = 'native ';",
};

async function built(changes: Tree = {}, options: Record<string, unknown> = {}, app: Partial<AppSpec> = {}) {
  const directory = await writeTree(join(root, String(++count)), { ...tree, ...changes });
  const layoutDir = join(root, 'images');
  const spec = appAt(directory, { build: { options: { bundle: true, ...options }, env: {} }, ...app });
  const builder = nodeBuilder({ exec: createLocalExec(), cacheDir: join(root, 'cache'), registryFor: noRegistry });
  const artifact = await builder.build(requestFor(spec, layoutDir));
  const files = await imageFiles(await openLayout(layoutDir), artifact);
  return { artifact, files: new Map([...files].filter(([path]) => path.startsWith('app/'))) };
}

/** Runs a file of an image, with nothing but what the image has of the app. */
async function run(files: ReadonlyMap<string, string>, file: string): Promise<string> {
  const folder = join(root, `run-${++count}`);
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return execFileSync(process.execPath, [file], { cwd: join(folder, 'app'), encoding: 'utf8' });
}

const migrating = { database: { name: 'probe', user: 'probe', scope: 'stage', migrateTimeoutMs: 1 } } as const;

test('what starts the app and what migrates it hold all they need, and run where they were', async () => {
  const database = { ...migrating.database, migrate: ['node', 'src/migrate.ts'] };
  const { files } = await built({}, {}, { database });
  assert.equal(await run(files, 'src/server.ts'), 'hello world 42 native true\n');
  assert.equal(await run(files, 'src/migrate.ts'), 'migrated to 42\n');
  const paths = [...files.keys()];
  assert.ok(
    paths.some((path) => path.startsWith('app/.bundle/')),
    'what both need is there once',
  );
  for (const gone of ['app/src/answer.ts', 'app/node_modules/greet/index.js', 'app/node_modules/words/index.js']) {
    assert.ok(!paths.includes(gone), gone);
  }
});

test('packages with binaries, with what they need, and files that are no code stay as they are', async () => {
  const { files } = await built();
  for (const path of ['native/build/x.node', 'native/index.js', 'helper/index.js']) {
    assert.ok(files.has(`app/node_modules/${path}`), path);
  }
  for (const path of ['static/name.txt', 'src/lazy.js', 'package.json']) assert.ok(files.has(`app/${path}`), path);
});

test('packages that app.toml names stay too, and CommonJS stays CommonJS', async () => {
  const manifest = { ...(tree['package.json'] as object), type: 'commonjs', main: 'main.js', scripts: {} };
  const changes = {
    'package.json': manifest,
    'main.js': "console.log(require('greet')('you'), __filename.slice(-8));",
  };
  const { files } = await built(changes, { external: ['words'] });
  assert.ok(files.has('app/node_modules/words/index.js'));
  assert.ok(!files.has('app/node_modules/greet/index.js'));
  assert.equal(await run(files, 'main.js'), 'hello you /main.js\n');
});

test('the same tree is the same bundle in another folder', async () => {
  assert.equal((await built()).artifact.configDigest, (await built()).artifact.configDigest);
});

const refused = (message: RegExp) => (error: unknown) => error instanceof Failure && message.test(error.message);

test('what cannot be bundled is told as esbuild tells it', async () => {
  const wrong = { 'src/answer.ts': 'export const answer = ;' };
  await assert.rejects(built(wrong), refused(/bundle probe: Unexpected ";"/));
  await assert.rejects(built({}, { bundle: ['src/none.ts'] }), refused(/has no src\/none\.ts/));
});
