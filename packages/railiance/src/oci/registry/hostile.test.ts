import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';

import { type FaultScript, type MemoryRegistryOptions, startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { digestOf } from '../digest.ts';
import { openLayout } from '../layout.ts';
import { mediaTypes } from '../types.ts';
import { conceal } from './credentials.ts';
import { pullImage } from './pull.ts';
import { Registry, type RegistryOptions } from './registry.ts';
import { listTags } from './tags.ts';
import { Uploads } from './uploads.ts';

const users = { ann: { password: 'canary', may: 'push' } } as const;

async function world(options: MemoryRegistryOptions, client: Partial<RegistryOptions> = {}) {
  const memory = await startMemoryRegistry({ users, ...options });
  const source = async () => ({ username: 'ann', password: conceal('canary') });
  const options_ = { host: memory.host, plainHttp: true, credentials: source, retry: { attempts: 2 }, ...client };
  const registry = new Registry({ ...options_, wait: async () => undefined });
  after(async () => {
    registry.close();
    await memory.close();
  });
  return { ...memory, repository: registry.repository('app', 'push') };
}

/** Another server on this machine, and what it was sent. */
async function bystander() {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('{"token":"stolen"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const onManifest = (fault: ReturnType<FaultScript>): FaultScript => {
  return ({ method, url }) => (method === 'GET' && url.includes('/manifests/') ? fault : undefined);
};
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const manifestWith = (digest: string, size: unknown = 1) =>
  json({ schemaVersion: 2, config: { mediaType: mediaTypes.config, digest, size }, layers: [] });

const hostile: Readonly<Record<string, readonly [fault: ReturnType<FaultScript>, code: string]>> = {
  'one that never ends': [{ kind: 'endless' }, 'too-large'],
  'one that says it is huge': [{ kind: 'body', body: Buffer.alloc(10), announced: 10 ** 12 }, 'too-large'],
  'one that is shorter than it says': [{ kind: 'body', body: Buffer.from('{'), announced: 100 }, 'unreachable'],
  'one that is not JSON': [{ kind: 'body', body: Buffer.from('<html>') }, 'invalid'],
  'one whose digest is a path': [{ kind: 'body', body: manifestWith('sha256:../../x') }, 'invalid'],
  'one with a negative size': [{ kind: 'body', body: manifestWith(digestOf('x'), -1) }, 'invalid'],
  'one that is not what the header says': [
    { kind: 'body', body: manifestWith(digestOf('x')), headers: { 'docker-content-digest': digestOf('other') } },
    'mismatch',
  ],
};

for (const [name, [fault, code]] of Object.entries(hostile)) {
  test(`a manifest is refused: ${name}`, async () => {
    const { repository } = await world({ faults: onManifest(fault) });
    await assert.rejects(repository.manifest('v1'), { code });
  });
}

test('a manifest asked for by its digest has that digest, whatever the header says', async () => {
  const wanted = digestOf('wanted');
  const fault = {
    kind: 'body',
    body: manifestWith(digestOf('x')),
    headers: { 'docker-content-digest': wanted },
  } as const;
  const { repository } = await world({ faults: onManifest(fault) });
  await assert.rejects(repository.manifest(wanted), { code: 'mismatch' });
});

for (const [name, content] of [
  ['other content of the same size', randomBytes(1000)],
  ['more content', randomBytes(5000)],
] as const) {
  test(`a blob is refused: ${name}; the layout keeps nothing of it`, async () => {
    const true_ = randomBytes(1000);
    const digest = digestOf(true_);
    const faults: FaultScript = ({ method, url }) =>
      method === 'GET' && url.includes('/blobs/') ? { kind: 'body', body: content } : undefined;
    const { repository } = await world({ faults });
    await new Uploads(repository).putBytes(true_, digest);
    const bytes = manifestWith(digest, 1000);
    await repository.putManifest('v1', bytes, mediaTypes.manifest);
    const layout = await openLayout(await scratchDirectory('hostile'));
    await assert.rejects(pullImage(repository, layout, { reference: 'v1', name: 'app:v1' }), { code: 'mismatch' });
    assert.equal(await layout.hasBlob(digest), false);
    assert.deepEqual(await layout.list(), []);
  });
}

test('a redirect to another place of this machine is not followed', async () => {
  const { host, seen } = await bystander();
  const redirect = { kind: 'status', status: 307, headers: { location: `http://${host}/secret` } } as const;
  const { repository } = await world({ faults: onManifest(redirect) });
  await assert.rejects(repository.manifest('v1'), { code: 'forbidden-address' });
  assert.deepEqual(seen, []);
});

test('a redirect to a configured host is followed, without credentials', async () => {
  const { host, seen } = await bystander();
  const redirect = { kind: 'status', status: 307, headers: { location: `http://${host}/blob` } } as const;
  const { repository } = await world({ auth: 'basic', faults: onManifest(redirect) }, { trustedHosts: [host] });
  await assert.rejects(repository.manifest('v1'), { code: 'invalid' });
  assert.deepEqual(seen, [undefined]);
});

test('redirects in a circle end', async () => {
  const redirect = { kind: 'status', status: 302, headers: { location: '/v2/app/manifests/v1' } } as const;
  const { repository } = await world({ faults: onManifest(redirect) });
  await assert.rejects(repository.manifest('v1'), /more than 5 redirects/);
});

test('an upload to another place of this machine is not sent', async () => {
  const { host, seen } = await bystander();
  const elsewhere = { kind: 'status', status: 202, headers: { location: `http://${host}/upload` } } as const;
  const { repository } = await world({ faults: ({ method }) => (method === 'POST' ? elsewhere : undefined) });
  await assert.rejects(new Uploads(repository).putBytes(Buffer.from('x'), digestOf('x')), {
    code: 'forbidden-address',
  });
  assert.deepEqual(seen, []);
});

test('a realm on another host is not followed unless it is allowed; no credentials go there', async () => {
  const { host, seen } = await bystander();
  const realm = `http://${host}/v2/token`;
  const refused = await world({ auth: 'bearer', realm });
  await assert.rejects(refused.repository.manifest('v1'), { code: 'forbidden-address' });
  assert.deepEqual(seen, []);

  const allowed = await world({ auth: 'bearer', realm }, { trustedHosts: [host] });
  await assert.rejects(allowed.repository.manifest('v1'), { code: 'unauthorized' });
  assert.ok(seen.length > 0);
});

test('tokens got beforehand come from the registry itself, wherever the realm points', async () => {
  const { host, seen } = await bystander();
  const { repository } = await world({ auth: 'bearer', realm: `http://${host}/v2/token` }, { token: 'prefetch' });
  assert.equal(await repository.manifest('v1'), undefined);
  assert.deepEqual(seen, []);
});

test('a token that could break out of its header is refused', async () => {
  const answer = { kind: 'body', body: json({ token: 'a\r\nx: y' }) } as const;
  const faults: FaultScript = ({ url }) => (url.startsWith('/v2/token') ? answer : undefined);
  const { repository } = await world({ auth: 'bearer', faults });
  await assert.rejects(repository.manifest('v1'), { code: 'invalid' });
});

test('a list of tags that goes in a circle ends', async () => {
  const headers = { link: '</v2/app/tags/list?n=1&last=a>; rel="next"' };
  const answer = { kind: 'body', body: json({ tags: ['a'] }), headers } as const;
  const { repository } = await world({ faults: ({ url }) => (url.includes('/tags/list') ? answer : undefined) });
  await assert.rejects(async () => {
    for await (const _ of listTags(repository));
  }, /goes in a circle/);
});

test('names that are no names never get into a path', async () => {
  const { repository } = await world({});
  for (const reference of ['../x', 'a/b', '', 'v1?x=y', 'sha256:../../x', 'a'.repeat(200)]) {
    await assert.rejects(repository.manifest(reference), { code: 'invalid' });
  }
  const registry = new Registry({ host: 'registry.example' });
  for (const name of ['../x', 'A', 'a//b', 'a?b']) assert.throws(() => registry.repository(name, 'pull'));
  for (const host of ['a/b', 'user@host', 'a b', '-x?']) assert.throws(() => new Registry({ host }));
});

test('messages of a registry are bounded and of one line', async () => {
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: `no\n\u001b[31mway${'x'.repeat(9999)}` }] });
  const { repository } = await world({ faults: onManifest({ kind: 'status', status: 403, body }) });
  await assert.rejects(repository.manifest('v1'), (error: Error) => {
    assert.match(error.message, /403 DENIED no \[31mway/);
    assert.ok(error.message.length < 500);
    return true;
  });
});
