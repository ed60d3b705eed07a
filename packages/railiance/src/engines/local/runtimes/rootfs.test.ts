import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import type { Exec } from '../../../exec/exec.ts';
import { createLocalExec } from '../../../exec/localExec.ts';
import { testAsOrdinaryUser } from '../../../testing/ordinaryUser.ts';
import { runtimeContract } from './contract.ts';
import { createFixture, type Fixture, processesWith, until } from './contractFixture.ts';
import { findSandboxMaker, namespacesMaker } from './rootfs/makers.ts';
import { appUser } from './rootfs/ownership.ts';
import { rootfsRuntime } from './rootfs.ts';
import { createLayerStore } from './unpack.ts';

const create = async (directory: string, findMaker = findSandboxMaker) => {
  const layers = createLayerStore(join(directory, 'cache', 'layers'), 'boot', appUser);
  return rootfsRuntime({ exec: createLocalExec(), layers, directory: join(directory, 'cache'), findMaker });
};

runtimeContract({ create: (directory) => create(directory) });

describe('isolation', () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await createFixture({ create: (directory) => create(directory) });
  });
  after(() => fixture.close());

  /** What an expression gives inside an instance. */
  const inside = async <T>(expression: string): Promise<T> => {
    const { lines } = await fixture.run(['eval', expression]);
    return JSON.parse(lines.join('\n')) as T;
  };

  test('the root holds the image and nothing of this machine', async () => {
    const names = await inside<string[]>(`fs.readdirSync('/')`);
    const image = ['app', 'dev', 'etc', 'lib', 'lib64', 'proc', 'tmp', 'usr'];
    assert.deepEqual(names.sort(), image);
    assert.deepEqual((await inside<string[]>(`fs.readdirSync('/etc')`)).sort(), ['hosts', 'passwd', 'resolv.conf']);
    assert.equal(await inside(`process.chdir('/'), process.chdir('../../..'), fs.existsSync('app/server.cjs')`), true);
  });

  test('there are no devices but the harmless ones', async () => {
    const names = ['fd', 'full', 'null', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'tty', 'urandom', 'zero'];
    assert.deepEqual((await inside<string[]>(`fs.readdirSync('/dev')`)).sort(), names);
    assert.equal(await inside(`fs.writeFileSync('/dev/null', 'x'), fs.readFileSync('/dev/null').length`), 0);
    assert.equal(await inside(`fs.writeFileSync('/dev/shm/a', 'x'), fs.readFileSync('/dev/shm/a', 'utf8')`), 'x');
  });

  test('only its own processes are there, and none of another can be signalled', async () => {
    const pids = await inside<string[]>(`fs.readdirSync('/proc').filter(Number)`);
    assert.equal(pids.length, 2, `${pids}`);
    const tryKill = `(() => { try { process.kill(${process.pid}, 0); return 'there'; } catch (e) { return e.code; } })()`;
    assert.equal(await inside(tryKill), 'ESRCH');
  });

  test('no root, directory or file of its init can be reached', async () => {
    const reach = `['root', 'cwd', 'exe', 'fd/0', 'fd/1', 'environ', 'root/../..'].map((name) => {
      const path = '/proc/1/' + name;
      try { return fs.openSync(path); }
      catch (e) { return e.code; } })`;
    assert.deepEqual(new Set(await inside<unknown[]>(reach)), new Set(['EACCES']));
  });

  test('nothing of this machine is open or mounted', async () => {
    const open = await inside<string[]>(
      `fs.readdirSync('/proc/self/fd').map((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd); } catch { return 'gone'; } })`,
    );
    const harmless = /^(pipe:|anon_inode:|socket:|gone$|\/dev\/null$|\/proc\/\d+\/fd$)/;
    for (const target of open) assert.match(target, harmless);
    const mounts = await inside<string>(`fs.readFileSync('/proc/self/mountinfo', 'utf8')`);
    const points = mounts
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[4]);
    const devices = ['full', 'null', 'random', 'tty', 'urandom', 'zero'].map((name) => `/dev/${name}`);
    assert.deepEqual(points.sort(), ['/', '/dev', '/dev/shm', '/proc', '/tmp', ...devices].sort());
  });

  test("it has the image's user, no capabilities, and no way to new ones", async () => {
    const status = await inside<string>(`fs.readFileSync('/proc/self/status', 'utf8')`);
    for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.match(status, new RegExp(`${name}:\\t0+\\n`));
    assert.match(status, /NoNewPrivs:\t1\n/);
    assert.deepEqual(await inside(`[process.getuid(), process.getgid()]`), [1000, 1000]);
    const sysctl = `(() => { try { fs.writeFileSync('/proc/sys/kernel/core_pattern', 'x'); return 'written'; } catch (e) { return e.code; } })()`;
    assert.match(await inside(sysctl), /EACCES|EPERM|EROFS/);
  });

  test('what it writes stays in its own folder, and the unpacked layers stay as they were', async () => {
    const sizes = async () => {
      const names = await readdir(join(fixture.directory, 'cache', 'layers'), { recursive: true });
      return names.length;
    };
    const before_ = await sizes();
    const write = `fs.writeFileSync('/app/new', 'x'), fs.appendFileSync('/app/greeting.txt', '!'), fs.mkdirSync('/new'), fs.rmSync('/etc/passwd'), 1`;
    assert.equal(await inside(write), 1);
    assert.equal(await sizes(), before_);
    assert.equal(await inside(`fs.readFileSync('/app/greeting.txt', 'utf8')`), 'hello');
    assert.equal(await inside(`fs.existsSync('/etc/passwd') && !fs.existsSync('/new')`), true);
  });

  test('links of the image do not lead the setup out of it', async () => {
    const hostPath = join(fixture.directory, 'trap');
    await mkdir(hostPath, { recursive: true });
    await writeFile(join(hostPath, 'in'), 'contained');
    const { lines } = await fixture.run(['eval', `fs.readFileSync('/srv/data/in', 'utf8')`], {
      volumes: [{ name: 'data', path: '/srv/data', hostPath }],
    });
    assert.deepEqual(lines, ['"contained"']);
    assert.equal(readdirSync('/').includes('.host'), false);
  });

  test("the loader of the tools that start it is not led astray by the app's environment", async () => {
    const { lines, exit } = await fixture.run(['environment'], { env: { LD_LIBRARY_PATH: '/app', LD_DEBUG: 'libs' } });
    assert.equal(exit.exitCode, 0);
    const seen = lines.find((line) => line.startsWith('{')) ?? '';
    assert.equal((JSON.parse(seen) as { env: Record<string, string> }).env.LD_LIBRARY_PATH, '/app');
    assert.ok(!lines.some((line) => /setpriv|nsenter/.test(line)));
  });

  test('orphans of the app are reaped', async () => {
    const orphan = `require('child_process').execFileSync(process.execPath, ['-e',
      "require('child_process').spawn(process.execPath, ['-e', ''], { detached: true, stdio: 'ignore' }).unref()"])`;
    const states = `${orphan}, Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300),
      fs.readdirSync('/proc').filter(Number).map((pid) => fs.readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1][0])`;
    assert.ok(!(await inside<string[]>(states)).includes('Z'));
  });

  test('what the app leaves behind with its output open is not waited for', async () => {
    const running = await fixture.start(['orphans', '/tmp/pid', 'leave', 'inherit']);
    await until(() => running.lines.includes('ready'));
    const began = performance.now();
    assert.equal((await running.exited).exitCode, 0);
    // Open output alone would be waited for two seconds.
    assert.ok(performance.now() - began < 1_900);
  });

  test('everything dies with the agent', async () => {
    const mark = `agent-${process.pid}`;
    const spec = await fixture.spec(['orphans', '/tmp/pid', 'stay'], { env: { MARK: mark } });
    const agent = `
      import { createLocalExec } from ${JSON.stringify(new URL('../../../exec/localExec.ts', import.meta.url).href)};
      import { rootfsRuntime } from ${JSON.stringify(new URL('./rootfs.ts', import.meta.url).href)};
      import { createLayerStore } from ${JSON.stringify(new URL('./unpack.ts', import.meta.url).href)};
      const directory = ${JSON.stringify(join(fixture.directory, 'cache'))};
      const runtime = rootfsRuntime({ exec: createLocalExec(), directory,
        layers: createLayerStore(directory + '/layers', 'boot', ${appUser}) });
      await runtime.start({ ...${JSON.stringify(spec)}, onLine: (line) => { if (line === 'ready') process.kill(process.pid, 'SIGKILL'); } });`;
    const result = await createLocalExec().run({ argv: [process.execPath, '--input-type=module', '-e', agent] });
    assert.equal(result.signal, 'SIGKILL', result.stderr);
    await until(() => processesWith(mark).length === 0);
    await fixture.runtime.reap(spec.id, spec.directory);
  });
});

if (appUser === undefined) {
  describe('with a copy for each instance, where layers cannot be stacked', () => {
    const findMaker = (exec: Exec, directory: string) => namespacesMaker(exec, directory, false);
    runtimeContract({ create: (directory) => create(directory, findMaker) });
  });
} else {
  test('an ordinary user can do all of this', () => testAsOrdinaryUser(fileURLToPath(import.meta.url)));
}
