import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { startDaemon } from '../exec/daemon.ts';
import { lookForPostmaster, parsePostmasterFile, pidFile, setAsidePidFile } from './postmaster.ts';

const folder = await realpath(await mkdtemp(join(tmpdir(), 'railiance-postmaster-')));
after(async () => await rm(folder, { recursive: true }));

const lines = (pid: number | string) => `${pid}\n${folder}\n1763000000\n23456\n\n127.0.0.1\n  1 2\nready   \n`;

describe("the server's lock file", () => {
  for (const [text, pid] of [
    [lines(123), 123],
    ['', undefined],
    ['12', undefined],
    ['-12\n/x\n', undefined],
    ['x\n/x\n', undefined],
  ] as const) {
    test(`${JSON.stringify(text.slice(0, 8))} names ${pid ?? 'nobody'}`, () => {
      assert.equal(parsePostmasterFile(text)?.pid, pid);
    });
  }

  test('stands for nobody where it is missing, broken or of an ended process', async () => {
    assert.deepEqual(await lookForPostmaster(folder), { state: 'none' });
    for (const text of ['', lines(4_194_303)]) {
      await writeFile(pidFile(folder), text);
      assert.deepEqual(await lookForPostmaster(folder), { state: 'gone', reused: false });
    }
  });

  test('stands for a server only where that process works in the directory', async () => {
    await writeFile(pidFile(folder), lines(process.pid));
    assert.deepEqual(await lookForPostmaster(folder), { state: 'gone', reused: true });
    const argv = [process.execPath, '-e', 'setTimeout(() => {}, 60_000)'] as const;
    const pid = await startDaemon({ argv: [...argv], cwd: folder, logFile: join(folder, 'log') });
    try {
      await writeFile(pidFile(folder), lines(pid));
      assert.deepEqual(await lookForPostmaster(folder), { state: 'alive', pid, port: 23456, ready: true });
      await setAsidePidFile(folder);
      assert.equal(await readFile(pidFile(folder), 'utf8'), lines(pid), 'a live server gets its file back');
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});
