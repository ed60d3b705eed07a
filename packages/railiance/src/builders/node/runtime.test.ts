import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { arch, execPath, platform, versions } from 'node:process';
import { test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { silent } from '../../domain/progress.ts';
import { createFakeExec, type FakeProgram } from '../../testing/fakeExec.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { writeTree } from '../../testing/tree.ts';
import { nodeRuntime } from './runtime.ts';

const root = await scratchDirectory('runtime');
const name = `node-${platform}-${arch}`;
const none: FakeProgram = () => assert.fail('npm is not asked');

async function runtimeOf(version: string | undefined, npm: FakeProgram = none, cache = 'cache') {
  const directory = await writeTree(join(root, 'workspace/app'), { 'package.json': {} });
  await writeTree(join(root, 'workspace/node_modules', name), {
    'package.json': { name, version: '22.1.0' },
    'bin/node': '',
  });
  const cacheDir = join(root, cache);
  const signal = new AbortController().signal;
  const exec = createFakeExec({ npm });
  return nodeRuntime({ directory, version, cacheDir, exec, progress: silent, signal });
}

/** Does with its arguments what `npm install --prefix <folder> <name>@<version>` does. */
const npm: FakeProgram = ({ args }) => {
  const folder = join(args[args.indexOf('--prefix') + 1] ?? '', 'node_modules', name);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin/node'), String(args.at(-1)));
  return { exitCode: 0 };
};

test('without a version, and with its own, it is the Node that runs this', async () => {
  for (const version of [undefined, versions.node]) {
    assert.deepEqual(await runtimeOf(version), { version: versions.node, program: execPath });
  }
});

test('one that is installed beside the app or above it is taken', async () => {
  const program = join(root, 'workspace/node_modules', name, 'bin/node');
  assert.deepEqual(await runtimeOf('22.1.0'), { version: '22.1.0', program });
});

test('another is fetched by npm once, and nothing else is left', async () => {
  const { program } = await runtimeOf('22.2.0', npm);
  assert.equal(program, join(root, 'cache/node', `${name}-22.2.0`, 'bin/node'));
  assert.deepEqual(await runtimeOf('22.2.0'), { version: '22.2.0', program });
  assert.deepEqual(await readdir(join(root, 'cache/node')), [`${name}-22.2.0`]);
});

test('npm hears of proxies, own authorities and its settings, and of nothing else', async () => {
  const set = { HTTPS_PROXY: 'http://proxy.test', npm_config_registry: 'http://registry.test', RAILIANCE_CANARY: 'x' };
  Object.assign(process.env, set);
  let seen: Readonly<Record<string, string>> = {};
  const listening: FakeProgram = (call) => {
    seen = call.env;
    return npm(call);
  };
  await runtimeOf('22.4.0', listening);
  for (const name of Object.keys(set)) delete process.env[name];
  assert.equal(seen.HTTPS_PROXY, 'http://proxy.test');
  assert.equal(seen.npm_config_registry, 'http://registry.test');
  assert.equal(seen.RAILIANCE_CANARY, undefined);
});

test('two builds that fetch at once both have it', async () => {
  const both = await Promise.all([runtimeOf('22.3.0', npm), runtimeOf('22.3.0', npm)]);
  assert.equal(both[0].program, both[1].program);
});

test('a version that npm has not got is named, with what it said', async () => {
  const stderr = `npm error code ETARGET\nnpm error notarget No matching version found for ${name}@99.0.0.\n`;
  await assert.rejects(
    runtimeOf('99.0.0', () => ({ exitCode: 1, stderr })),
    (error) =>
      error instanceof Failure &&
      error.exitCode === 6 &&
      /fetch Node 99\.0\.0: .*ETARGET/.test(error.message) &&
      /npm view/.test(error.hint ?? ''),
  );
});
