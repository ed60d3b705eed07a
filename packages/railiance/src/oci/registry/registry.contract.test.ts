import { type MemoryRegistryOptions, startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { registryContract } from './contract.ts';
import { conceal } from './credentials.ts';

const kinds: Readonly<Record<string, MemoryRegistryOptions>> = {
  'a registry for everybody': { location: 'absolute' },
  'one that wants Basic': { auth: 'basic', wholePost: true, tagPage: 3 },
  'one that gives tokens': { auth: 'bearer', deleteByTag: false, tagPage: 3 },
  'one that forgets tokens soon': { auth: 'bearer', tokenUses: 20 },
};
const users = { ann: { password: 'pass:word', may: 'push' } } as const;

for (const [name, options] of Object.entries(kinds)) {
  registryContract(`in memory, ${name}`, async () => {
    const { host, close } = await startMemoryRegistry({ users, ...options });
    const credentials = { username: 'ann', password: conceal('pass:word') };
    return { host, credentials, deletesByTag: options.deleteByTag !== false, close };
  });
}

registryContract('in memory, one whose tokens are got beforehand', async () => {
  const { host, close } = await startMemoryRegistry({
    users,
    auth: 'bearer',
    realm: 'http://gitea.example.test/v2/token',
    wholePost: true,
    tagPage: 1000,
  });
  const credentials = { username: 'ann', password: conceal('pass:word') };
  return { host, token: 'prefetch', credentials, deletesByTag: true, close };
});
