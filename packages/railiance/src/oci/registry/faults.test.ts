import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import { type FaultScript, type MemoryRegistryOptions, startMemoryRegistry } from '../../testing/memoryRegistry.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../testing/tinyImage.ts';
import { digestOf } from '../digest.ts';
import { openLayout } from '../layout.ts';
import { conceal } from './credentials.ts';
import { imageInLayout } from './imageSource.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { Registry, type RegistryOptions } from './registry.ts';
import { Uploads } from './uploads.ts';

const users = { ann: { password: 'canary-password', may: 'push' } } as const;
const credentials = async () => ({ username: 'ann', password: conceal('canary-password') });

async function world(options: MemoryRegistryOptions, client: Partial<RegistryOptions> = {}) {
  const memory = await startMemoryRegistry({ users, ...options });
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  const registry = new Registry({ host: memory.host, plainHttp: true, credentials, wait, ...client });
  after(async () => {
    registry.close();
    await memory.close();
  });
  return { ...memory, waits, repository: registry.repository('app', 'push') };
}

async function sample(...sizes: readonly number[]) {
  const directory = await scratchDirectory('faults');
  const layers = sizes.map((size) => [{ ...textFile('app/data', ''), content: randomBytes(size) }]);
  const { manifestDigest } = await makeTinyImage(directory, { node: false, layers });
  return imageInLayout(await openLayout(directory), manifestDigest);
}

/** The fault for the first `times` requests that fit. */
const first = (times: number, method: string, path: RegExp, fault: ReturnType<FaultScript>): FaultScript => {
  let left = times;
  return (request) => (request.method === method && path.test(request.url) && left-- > 0 ? fault : undefined);
};

const passing: Readonly<Record<string, FaultScript>> = {
  'a manifest that answers 503 twice': first(2, 'GET', /manifests/, { kind: 'status', status: 503 }),
  'an upload that cannot begin for 500': first(3, 'POST', /uploads/, { kind: 'status', status: 500 }),
  'an upload that 502 ends': first(2, 'PATCH', /uploads/, { kind: 'status', status: 502 }),
  'a connection that breaks before the upload': first(2, 'PATCH', /uploads/, { kind: 'reset' }),
  'a connection that breaks in the upload': first(2, 'PATCH', /uploads/, { kind: 'reset', afterBytes: 3_000_000 }),
  'a connection that breaks at the end': first(1, 'PUT', /uploads/, { kind: 'reset' }),
  'a manifest that is taken the second time': first(1, 'PUT', /manifests/, { kind: 'status', status: 504 }),
  'an upload that is forgotten': first(1, 'PUT', /uploads/, {
    kind: 'status',
    status: 404,
    body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}',
  }),
};

for (const [name, faults] of Object.entries(passing)) {
  test(`${name} does not stop a push, and what arrives is whole`, async () => {
    const { repository, host } = await world({ faults, location: 'absolute' });
    const pushed = await pushImage(repository, await sample(9_000_000, 10), { tag: 'v1' });
    const layout = await openLayout(await scratchDirectory('whole'));
    await pullImage(repository, layout, { reference: 'v1', name: 'app:v1' });
    assert.equal((await repository.manifest('v1'))?.digest, pushed.manifestDigest, host);
  });
}

test('a large upload that breaks goes on where it broke', async () => {
  const faults = first(1, 'PATCH', /uploads/, { kind: 'reset', afterBytes: 5_000_000 });
  const { repository, requests } = await world({ faults });
  await pushImage(repository, await sample(12_000_000), { tag: 'v1' });
  const ranges = requests.flatMap(({ contentRange }) => contentRange ?? []);
  // What the registry has is not sent again, and the rest is announced piece by piece.
  assert.match(ranges[0] ?? '', /^5000000-/);
  assert.ok(ranges.length >= 2);
});

/** Content in chunks, as it comes from a file. */
const chunked = (content: Buffer) => ({
  open: async function* () {
    for (let at = 0; at < content.length; at += 2 ** 20) yield content.subarray(at, at + 2 ** 20);
  },
});

test('the rest of a broken upload goes each time to the place that the last answer named', async () => {
  const faults = first(1, 'PATCH', /uploads/, { kind: 'reset', afterBytes: 5_000_000 });
  const { repository, requests } = await world({ faults, location: 'moving' });
  const content = randomBytes(14_000_000);
  const { digest } = await new Uploads(repository).putStream(chunked(content));
  assert.equal(await repository.blobSize(digest), content.length);
  const starts = requests.flatMap(({ contentRange }) => (contentRange ? [Number.parseInt(contentRange, 10)] : []));
  assert.ok(starts[0] === 5_000_000 && starts.length >= 2, `${starts}`);
  const sent = requests.filter(({ method }) => method === 'PATCH' || method === 'PUT');
  const states = sent.map(({ url }) => Number(/_state=.*-(\d+)/.exec(url)?.[1]));
  assert.deepEqual(states, [0, ...starts, content.length]);
  assert.equal(requests.filter(({ method }) => method === 'POST').length, 1, 'one upload');
});

const elsewhere = 'http://127.0.0.1:1/upload';
const refusedRests: Readonly<Record<string, FaultScript>> = {
  'its place is not the one that the registry meant': ({ method, contentRange }) =>
    method === 'PATCH' && contentRange?.startsWith('5000000-')
      ? { kind: 'status', status: 416, body: '{"errors":[{"code":"RANGE_INVALID"}]}' }
      : undefined,
  'the registry counts the bytes it has from 1': ({ method, url }) =>
    method === 'GET' && url.includes('/uploads/')
      ? { kind: 'status', status: 204, headers: { range: '0-5000000' } }
      : undefined,
  'the registry has forgotten it': ({ method, url }) =>
    method === 'GET' && url.includes('/uploads/') ? { kind: 'status', status: 404 } : undefined,
};

for (const [name, refuse] of Object.entries(refusedRests)) {
  test(`a broken upload whose rest is refused, because ${name}, begins again at a place of its own`, async () => {
    const cut = first(1, 'PATCH', /uploads/, { kind: 'reset', afterBytes: 5_000_000 });
    const faults: FaultScript = (request, count) => cut(request, count) ?? refuse(request, count);
    const { repository, requests } = await world({ faults });
    const content = randomBytes(9_000_000);
    const { digest } = await new Uploads(repository).putStream(chunked(content));
    assert.equal(digest, digestOf(content));
    assert.equal(await repository.blobSize(digest), content.length);
    const second = requests.findLastIndex(({ method }) => method === 'POST');
    const places = requests.filter(({ method }) => method === 'PATCH').map(({ url }) => url);
    assert.equal(requests.filter(({ method }) => method === 'POST').length, 2);
    const after = requests.slice(second).filter(({ method }) => method === 'PATCH');
    assert.ok(after.length > 0 && after.every(({ url }) => url !== places[0]), 'nothing more goes to the first place');
  });
}

test('a second upload that is refused ends the push with what the registry said', async () => {
  let begun = 0;
  const faults: FaultScript = ({ method, url }) => {
    if (method === 'PATCH' && begun === 1)
      return { kind: 'status', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' };
    if (method !== 'POST' || !url.includes('/uploads/')) return undefined;
    begun += 1;
    return begun === 1
      ? undefined
      : { kind: 'status', status: 403, body: '{"errors":[{"code":"DENIED","message":"quota"}]}' };
  };
  const { repository, requests } = await world({ faults });
  const upload = new Uploads(repository).putStream(chunked(randomBytes(100)));
  await assert.rejects(upload, /403 DENIED quota/);
  assert.equal(begun, 2);
  assert.ok(!requests.some(({ method }) => method === 'PUT'));
});

test('where a broken upload is said to go on elsewhere on this machine, nothing goes there', async () => {
  const cut = first(1, 'PATCH', /uploads/, { kind: 'reset', afterBytes: 5_000_000 });
  const faults: FaultScript = (request, count) =>
    cut(request, count) ??
    (request.method === 'GET' && request.url.includes('/uploads/')
      ? { kind: 'status', status: 204, headers: { range: '0-4999999', location: elsewhere } }
      : undefined);
  const { repository } = await world({ faults });
  const content = randomBytes(9_000_000);
  const upload = new Uploads(repository).putStream(chunked(content));
  await assert.rejects(upload, { code: 'forbidden-address' });
});

test('a download that breaks goes on where it broke', async () => {
  const content = randomBytes(2_000_000);
  const digest = digestOf(content);
  const cut: FaultScript = ({ method, url }, count) =>
    method === 'GET' && url.includes('/blobs/') && count === 0
      ? { kind: 'body', body: content.subarray(0, 700_000), announced: content.length }
      : undefined;
  const { repository } = await world({ faults: cut });
  await new Uploads(repository).putBytes(content, digest);
  const parts: Uint8Array[] = [];
  const descriptor = { mediaType: 'x', digest, size: content.length };
  for await (const part of repository.streamBlob(descriptor)) parts.push(part);
  assert.equal(digestOf(Buffer.concat(parts)), digest);
});

for (const [header, ms] of [
  ['3', 3000],
  ['-3', undefined],
  ['99999999', 30_000],
] as const) {
  test(`429 with Retry-After: ${header} is waited for, within bounds`, async () => {
    const fault = { kind: 'status', status: 429, headers: { 'retry-after': header } } as const;
    const { repository, waits } = await world({ faults: first(1, 'GET', /manifests/, fault) });
    await repository.manifest('v1');
    assert.equal(waits.length, 1);
    if (ms === undefined) assert.ok(waits[0] !== undefined && waits[0] < 300);
    else assert.equal(waits[0], ms);
  });
}

test('429 with Retry-After as a date is waited for until then', async () => {
  const fault = (date: Date) =>
    ({ kind: 'status', status: 429, headers: { 'retry-after': date.toUTCString() } }) as const;
  const ahead = new Date(Date.now() + 12_000);
  const { repository, waits } = await world({ faults: first(1, 'GET', /manifests/, fault(ahead)) });
  await repository.manifest('v1');
  // A date has whole seconds.
  assert.ok(waits.length === 1 && waits[0] !== undefined && waits[0] > 5_000 && waits[0] <= 12_000, `${waits}`);
  const past = await world({ faults: first(1, 'POST', /uploads/, fault(new Date(0))) });
  await new Uploads(past.repository).putBytes(Buffer.from('x'), digestOf('x'));
  assert.ok(past.waits.length === 1 && past.waits[0] !== undefined && past.waits[0] < 300, `${past.waits}`);
});

test('a registry that is never well again ends the push with its status', async () => {
  const faults: FaultScript = ({ method }) => (method === 'POST' ? { kind: 'status', status: 500 } : undefined);
  const { repository, requests } = await world({ faults });
  await assert.rejects(pushImage(repository, await sample(10), { tag: 'v1' }), { status: 500, method: 'POST' });
  assert.ok(!requests.some(({ method, url }) => method === 'PUT' && url.includes('manifests')));
});

test('a full disk at the end of an upload is told at once, and no manifest is written', async () => {
  const full = { kind: 'status', status: 507, body: '{"errors":[{"code":"DENIED","message":"disk full"}]}' } as const;
  const { repository, requests, waits } = await world({ faults: first(9, 'PUT', /uploads/, full) });
  await assert.rejects(pushImage(repository, await sample(10), { tag: 'v1' }), /507 DENIED disk full/);
  assert.deepEqual(waits, []);
  assert.ok(!requests.some(({ method, url }) => method === 'PUT' && url.includes('manifests')));
});

test('the manifest is sent when every blob is there, and not before', async () => {
  const { repository, requests } = await world({});
  await pushImage(repository, await sample(9_000_000, 10, 20), { tag: 'v1' });
  const writes = requests.filter(({ method }) => method === 'PUT').map(({ url }) => url);
  assert.equal(
    writes.findIndex((url) => url.includes('/manifests/')),
    writes.length - 1,
  );
});

test('where uploads at once get 500, they go one at a time and all arrive', async () => {
  let running = 0;
  const faults: FaultScript = ({ method, url }) => {
    if (method === 'POST') running += 1;
    if (method === 'PUT' && url.includes('uploads') && running > 1) {
      running -= 1;
      return { kind: 'status', status: 500 };
    }
    if (method === 'PUT') running -= 1;
    return undefined;
  };
  const { repository } = await world({ faults });
  const uploads = new Uploads(repository);
  const blobs = Array.from({ length: 6 }, () => randomBytes(1000));
  await Promise.all(blobs.map((blob) => uploads.putBytes(blob, digestOf(blob))));
  assert.equal(uploads.parallel, 1);
  for (const blob of blobs) assert.equal(await repository.blobSize(digestOf(blob)), 1000);
});

test('a token that ends in mid-push is renewed once; where that does not help, the error is clear', async () => {
  const renewed = await world({ auth: 'bearer', tokenUses: 10 });
  await pushImage(renewed.repository, await sample(100, 200, 300, 400, 500, 600), { tag: 'v1' });
  assert.ok(renewed.requests.filter(({ url }) => url.startsWith('/v2/token')).length > 1);

  const refuse: FaultScript = ({ method }) => (method === 'POST' ? { kind: 'status', status: 401 } : undefined);
  const lost = await world({ auth: 'bearer', faults: refuse });
  await assert.rejects(pushImage(lost.repository, await sample(100), { tag: 'v1' }), { code: 'unauthorized' });
});

test('a wrong password is told as such, and shown nowhere', async () => {
  const wrong = async () => ({ username: 'ann', password: conceal('canary-wrong') });
  const { repository } = await world({ auth: 'bearer' }, { credentials: wrong });
  await assert.rejects(repository.manifest('v1'), (error: Error) => {
    assert.match(error.message, /401, user or password is refused/);
    assert.doesNotMatch(JSON.stringify(error) + String(error.stack), /canary|Y2FuYXJ5/);
    return true;
  });
});
