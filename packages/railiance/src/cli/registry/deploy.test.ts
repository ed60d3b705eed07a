import { after } from 'node:test';

import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { deployContract } from './deployContract.ts';

let onManifest: () => Promise<void> = async () => {};
const { host, close } = await startMemoryRegistry({
  before: async ({ method, url }) => {
    if (method === 'PUT' && url.includes('/manifests/')) await onManifest();
  },
});
after(close);

deployContract('a registry in memory', {
  host,
  onManifest(listener) {
    onManifest = listener;
  },
});
