import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { createLocalExec } from '../../../exec/localExec.ts';
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
