import { chown, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createLocalExec } from '../../../exec/localExec.ts';
import { testAsOrdinaryUser, userWithIdRange } from '../../../testing/ordinaryUser.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { runtimeContract } from './contract.ts';
import { podmanRuntime } from './podman.ts';

// Debian's default, crun, refuses hybrid control groups, and not every machine may raise limits: both are podman's to set.
const settings = join(tmpdir(), `railiance-containers-${process.pid}.conf`);
await writeFile(
  settings,
  '[engine]\nruntime = "runc"\n[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=1000:1000"]\n',
);
process.env.CONTAINERS_CONF = settings;
after(() => rm(settings));

runtimeContract({ create: async () => podmanRuntime(createLocalExec()) });

// There the app's processes are those of another user, into which only podman's own root may look.
if (process.getuid?.() === 0) {
  const id = await userWithIdRange();
  test('without root rights, podman tells an app that ignores PORT too', {
    skip: id === undefined && 'no user here has a range of ids',
  }, async () => {
    const home = await scratchDirectory('rootless');
    await chown(home, id ?? 0, id ?? 0);
    await testAsOrdinaryUser(fileURLToPath(import.meta.url), { id: id ?? 0, home }, 'tells the ports');
  });
}
