import { join } from 'node:path';

import { runtimeContract } from './contract.ts';
import { processRuntime } from './process.ts';
import { createLayerStore } from './unpack.ts';

runtimeContract({ create: async (directory) => processRuntime(createLayerStore(join(directory, 'cache'), 'boot')) });
