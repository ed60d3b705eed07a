import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { digestOf } from '../digest.ts';
import { conceal } from './credentials.ts';
import { Registry } from './registry.ts';
import { Uploads } from './uploads.ts';

const token = 'identity-of-ann';

async function open(auth: 'bearer' | 'basic', kept: string) {
  const server = await startMemoryRegistry({ auth, identityTokens: { [token]: 'push' } });
  const credentials = async () => ({ username: '<token>', password: conceal(kept), isIdentityToken: true });
  const registry = new Registry({ host: server.host, plainHttp: true, credentials });
  after(async () => {
    registry.close();
    await server.close();
  });
  return { repository: registry.repository('app', 'push'), requests: server.requests };
}

test('an identity token gets tokens for pushing, and itself goes to the realm alone', async () => {
  const { repository, requests } = await open('bearer', token);
  const content = Buffer.from('content');
  await new Uploads(repository).putBytes(content, digestOf(content));
  assert.equal(await repository.blobSize(digestOf(content)), content.length);
  const asked = requests.filter(({ url }) => url.startsWith('/v2/token'));
  assert.deepEqual(
    asked.map(({ method, url }) => `${method} ${url}`),
    ['POST /v2/token'],
    'nothing of it in an address',
  );
  assert.ok(requests.every(({ authorization }) => !authorization?.includes(token)));
  assert.ok(requests.every(({ authorization }) => !authorization?.startsWith('Basic')));
});

test('one that was revoked is refused like a wrong password', async () => {
  const { repository } = await open('bearer', 'another');
  await assert.rejects(repository.manifest('v1'), { name: 'RegistryError', code: 'unauthorized' });
});

test('a registry that wants a password is told from one that takes tokens', async () => {
  const { repository } = await open('basic', token);
  await assert.rejects(repository.manifest('v1'), /an identity token is kept, and the registry wants a password/);
});
