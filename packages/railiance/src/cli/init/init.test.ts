import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import fc from 'fast-check';

import { loadApp } from '../../config/app.ts';
import { isName, slugOf } from '../../domain/name.ts';
import { detectApp } from './detect.ts';
import { appToml } from './template.ts';

let root = '';

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'railiance-init-'));
});
after(() => rm(root, { recursive: true }));

let count = 0;

async function folderWith(files: Readonly<Record<string, string>>, name = 'My Shop'): Promise<string> {
  count += 1;
  const directory = join(root, String(count), name);
  await mkdir(directory, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}

async function initialised(directory: string) {
  await writeFile(join(directory, 'app.toml'), appToml(await detectApp(directory)));
  return loadApp('./app.toml', { cwd: directory, stage: 'local', stages: ['local', 'production'] });
}

test('an empty folder gives an app.toml that loads, named after the folder', async () => {
  const app = await initialised(await folderWith({}));
  assert.equal(app.slug, 'my-shop');
  assert.equal(app.name, 'My Shop');
  assert.equal(app.run.port, 8000);
  assert.equal(app.database, undefined);
});

test('a Node app is looked at: its name, port, health path, database and migration', async () => {
  const directory = await folderWith({
    'package.json': JSON.stringify({
      name: '@team/probe',
      scripts: { start: 'node src/main.js', migrate: 'node src/migrate.js up' },
      dependencies: { pg: '8' },
    }),
    'src/main.js': `app.get('/healthz', ok); app.listen(process.env.PORT ?? 3100);`,
  });
  const detected = await detectApp(directory);
  assert.deepEqual(detected.builder, { name: 'node', because: 'package.json' });
  assert.equal(detected.fromEnvironment, true);
  const app = await initialised(directory);
  assert.equal(app.slug, 'probe');
  assert.equal(app.run.port, 3100);
  assert.deepEqual(app.run.health, { path: '/healthz' });
  assert.deepEqual(app.database?.migrate, ['node', 'src/migrate.js', 'up']);
  assert.deepEqual(
    app.smoke.map(({ path, expect }) => [path, expect.status]),
    [['/healthz', 200]],
  );
});

test('a Dockerfile decides over package.json, and its port is taken', async () => {
  const directory = await folderWith({ Dockerfile: 'FROM x\nEXPOSE 5000/tcp\n', 'package.json': '{}' });
  assert.deepEqual((await detectApp(directory)).builder, { name: 'dockerfile', because: 'Dockerfile' });
  assert.equal((await initialised(directory)).run.port, 5000);
});

test('code that does not ask for $PORT is told so', async () => {
  const directory = await folderWith({ 'server.js': 'http.createServer(f).listen(4000)' });
  assert.match(appToml(await detectApp(directory)), /No use of PORT was found/);
});

test('any names and scripts give an app.toml that loads', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(fc.record({ name: text, script: text, migrate: text, dependency: text }), async (seen) => {
      const manifest = {
        name: seen.name,
        scripts: { start: seen.script, migrate: seen.migrate },
        dependencies: { [seen.dependency]: '1', pg: '1' },
      };
      const directory = await folderWith({ 'package.json': JSON.stringify(manifest) }, 'x');
      const app = await initialised(directory);
      assert.ok(isName(app.slug));
    }),
    { numRuns: 60 },
  );
});

test('a slug is a name, or empty where nothing is left of a text', () => {
  const cases = {
    'My Shop!': 'my-shop',
    '--x--': 'x',
    '': '',
    ÄÖ: '',
    'a/b_c.d': 'a-b-c-d',
    ['a'.repeat(80)]: 'a'.repeat(53),
    [`${'a'.repeat(52)} b`]: 'a'.repeat(52),
  };
  for (const [from, slug] of Object.entries(cases)) assert.equal(slugOf(from), slug);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (any) => slugOf(any) === '' || isName(slugOf(any))));
});
