import { after } from 'node:test';

import { imageRegistryFixture } from '../testing/imageRegistryFixture.ts';
import { startMemoryRegistry } from '../testing/memoryRegistry.ts';
import { imageRegistryContract } from './imageRegistryContract.ts';

const { host, close } = await startMemoryRegistry();
after(close);

imageRegistryContract('of a registry over HTTP', await imageRegistryFixture(host));
