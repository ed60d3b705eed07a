import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silent } from '../../test/preparedServer.ts';
import { startEmbedded } from './embedded.ts';

for (const major of ['17', '99']) {
  test(`data of PostgreSQL ${major} is left alone, with the way out`, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hub-other-'));
    try {
      const databaseDir = join(dataDir, 'postgres');
      await mkdir(databaseDir);
      await writeFile(join(databaseDir, 'PG_VERSION'), `${major}\n`);
      await assert.rejects(
        startEmbedded({ dataDir, logger: silent }),
        new RegExp(`was made by PostgreSQL ${major}, this hub brings \\d+: export with .*DATABASE_URL`),
      );
      assert.deepEqual(await readdir(databaseDir), ['PG_VERSION']);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}
