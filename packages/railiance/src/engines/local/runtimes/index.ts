import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Home } from '../../../config/home.ts';
import type { Exec } from '../../../exec/exec.ts';
import { dockerRuntime } from './docker.ts';
import { podmanRuntime } from './podman.ts';
import { processRuntime } from './process.ts';
import { appUser } from './rootfs/ownership.ts';
import { rootfsRuntime } from './rootfs.ts';
import type { Runtime } from './runtime.ts';
import { createLayerStore } from './unpack.ts';

/** Every way to run an image on this machine, the one to prefer first. */
export function defaultRuntimes({ exec, home }: { readonly exec: Exec; readonly home: Home }): readonly Runtime[] {
  // A folder of its own: whatever it does not know there is removed.
  const layers = createLayerStore(join(home.cache, 'unpacked'), bootId(), appUser);
  return [
    dockerRuntime(exec),
    podmanRuntime(exec),
    rootfsRuntime({ exec, layers, directory: home.cache }),
    processRuntime(layers),
  ];
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux: then nothing is unpacked either.
    return 'boot';
  }
}
