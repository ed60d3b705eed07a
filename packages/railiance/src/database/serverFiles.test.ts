import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { findCluster } from './cluster.ts';
import { placeServer } from './placement.ts';
import { rolePassword } from './rolePassword.ts';
import { openServerState, writeServerState } from './serverState.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-files-'));
after(async () => await rm(root, { recursive: true }));
let folders = 0;

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(root, String(++folders));
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

describe("the server's files", () => {
  test('keep one port and one password for all who begin at once', async () => {
    const folder = await folderWith({});
    const home = homeAt({ RAILIANCE_HOME: folder });
    const begin = async () => ({
      port: (await openServerState(folder)).port,
      password: (await rolePassword(home, 'a/b')).reveal(),
    });
    const [first, ...others] = await Promise.all([begin(), begin(), begin(), begin()]);
    for (const other of others) assert.deepEqual(other, first);
    await writeServerState(folder, { port: 20_000, settled: true, host: 'here' });
    assert.deepEqual(await openServerState(folder), { port: 20_000, settled: true, host: 'here' });
  });

  for (const text of ['', '{', 'null', '{"schema":"railiance.postgres.v1","port":0}', '{"port":20000}']) {
    test(`are refused where server.json is ${JSON.stringify(text)}`, async () => {
      const folder = await folderWith({ 'server.json': text });
      await assert.rejects(openServerState(folder), { problem: `${folder}/server.json is damaged`, exitCode: 5 });
    });
  }

  test('are refused where a password is not whole, without showing it', async () => {
    const folder = await folderWith({ 'postgres/roles/probe.password': 'half' });
    await assert.rejects(rolePassword(homeAt({ RAILIANCE_HOME: folder }), 'probe'), (error: Error) => {
      assert.match(error.message, /probe\.password is damaged/);
      return !error.message.includes('half');
    });
  });

  test('are no cluster without data, and a broken one without its password', async () => {
    assert.equal(await findCluster(await folderWith({ 'cluster/superuser': 'x' })), undefined);
    const folder = await folderWith({ 'cluster/data/PG_VERSION': '18\n' });
    await assert.rejects(findCluster(folder), {
      problem: `${folder}/cluster/superuser is missing or empty`,
      exitCode: 5,
    });
  });

  test('are not begun anew where their folder is gone', async () => {
    const folder = await folderWith({ 'postgres/location': join(root, 'gone') });
    const home = homeAt({ RAILIANCE_HOME: folder });
    if (process.getuid?.() !== 0) return;
    await assert.rejects(placeServer(home, createLocalExec()), {
      problem: `its folder ${root}/gone is gone`,
      exitCode: 5,
    });
  });

  test('leave a folder that somebody opened for others as it is', async () => {
    const folder = await folderWith({});
    const before = await stat(folder);
    assert.notEqual(before.mode & 0o077, 0);
    await placeServer(homeAt({ RAILIANCE_HOME: folder }), createLocalExec());
    const { mode, gid } = await stat(folder);
    assert.deepEqual([mode, gid], [before.mode, before.gid]);
  });

  test('lie in the home, or elsewhere where root has to give them to a user who cannot get there', async () => {
    const folder = await folderWith({ 'tmp/x': '', 'elsewhere/x': '', 'closed/home/x': '' });
    await chmod(join(folder, 'closed'), 0o700);
    const home = homeAt({ RAILIANCE_HOME: join(folder, 'closed/home') });
    const { TMPDIR = '/tmp' } = process.env;
    // The folder is closed to others only where it is not among the temporary files.
    process.env.TMPDIR = join(folder, 'tmp');
    const place = async () => await placeServer(home, createLocalExec(), join(folder, 'elsewhere'));
    const placed = [...(await Promise.all([place(), place()])), await place()];
    process.env.TMPDIR = TMPDIR;
    const base = process.getuid?.() === 0 ? join(folder, 'elsewhere/railiance-postgres-') : home.postgres;
    for (const { folder: found } of placed) {
      assert.equal(found, placed[0]?.folder);
      assert.ok(found.startsWith(base), found);
    }
    assert.equal((await stat(join(folder, 'closed'))).mode & 0o777, 0o700);
  });
});
