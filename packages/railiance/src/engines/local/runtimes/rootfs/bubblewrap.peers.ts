import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createLocalExec } from '../../../../exec/localExec.ts';
import { testAsOrdinaryUser } from '../../../../testing/ordinaryUser.ts';
import { runtimeContract } from '../contract.ts';
import { rootfsRuntime } from '../rootfs.ts';
import { createLayerStore } from '../unpack.ts';
import { bubblewrapMaker } from './makers.ts';
import { appUser } from './ownership.ts';

if (appUser === undefined) {
  runtimeContract({
    create: async (directory) =>
      rootfsRuntime({
        exec: createLocalExec(),
        layers: createLayerStore(join(directory, 'cache', 'layers'), 'boot'),
        directory: join(directory, 'cache'),
        findMaker: bubblewrapMaker,
      }),
  });
} else {
  test('bubblewrap runs apps of an ordinary user', () => testAsOrdinaryUser(fileURLToPath(import.meta.url)));
}
