import { engineContract } from '../engines/contract.ts';
import { createFakeEngine } from './fakeEngine.ts';
import { createMemorySecretStore } from './memorySecretStore.ts';

engineContract('fake engine', async () => {
  const secrets = createMemorySecretStore();
  const engine = createFakeEngine({ secrets });
  return {
    engine,
    layoutDir: '/nowhere',
    artifact: {
      app: 'sample',
      revision: { tag: 'abc1234', dirty: false },
      configDigest: `sha256:${'a'.repeat(64)}`,
      manifestDigest: `sha256:${'b'.repeat(64)}`,
      sizeBytes: 1024,
      platform: 'linux/amd64',
      builder: 'node',
    },
    command: (name) => [name],
    putSecrets: (target, values) => secrets.put(target, values),
    instanceAt: async (route) => engine.instanceAt(route)?.id,
    say: async (route, line) => engine.say(route, line),
  };
});
