import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { loopbackCertificate } from '../../testing/loopbackCertificate.ts';
import { startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../testing/tinyImage.ts';
import { openLayout } from '../layout.ts';
import { imageInLayout } from './imageSource.ts';
import { pushImage } from './push.ts';
import { Registry, type RegistryOptions } from './registry.ts';

async function open(options: Partial<RegistryOptions>, tls = true) {
  const server = await startMemoryRegistry(tls ? { tls: loopbackCertificate } : {});
  const registry = new Registry({ host: server.host, ...options });
  after(async () => {
    registry.close();
    await server.close();
  });
  return { repository: registry.repository('app', 'push'), requests: server.requests };
}

test('with its own certificate a registry is pushed to over TLS', async () => {
  const { repository } = await open({ ca: loopbackCertificate.cert });
  const directory = await scratchDirectory('tls');
  const { manifestDigest } = await makeTinyImage(directory, { node: false, layers: [[textFile('app/x', 'x')]] });
  const image = await imageInLayout(await openLayout(directory), manifestDigest);
  const pushed = await pushImage(repository, image, { tag: 'v1' });
  assert.equal(await repository.resolve('v1'), pushed.manifestDigest);
});

test('without it nothing is sent, and it is said at once why', async () => {
  const waits: number[] = [];
  const { repository, requests } = await open({ wait: async (ms) => void waits.push(ms) });
  await assert.rejects(repository.manifest('v1'), { name: 'RegistryError', message: /certificate|self-signed/i });
  assert.deepEqual(waits, [], 'a certificate does not get better by waiting');
  assert.equal(requests.length, 0);
});

test('HTTP is never tried where TLS is wanted, nor TLS where HTTP is', async () => {
  const plain = await open({}, false);
  await assert.rejects(plain.repository.manifest('v1'), { name: 'RegistryError' });
  assert.equal(plain.requests.length, 0);
  const secure = await open({ plainHttp: true, retry: { attempts: 1 } });
  await assert.rejects(secure.repository.manifest('v1'), { name: 'RegistryError' });
  assert.equal(secure.requests.length, 0);
});
