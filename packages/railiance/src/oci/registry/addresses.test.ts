import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AddressPolicy, isInternalAddress } from './addresses.ts';
import { RegistryError, redactUrl } from './registryError.ts';

const addresses: readonly (readonly [address: string, internal: boolean])[] = [
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['92.205.130.254', false],
  ['::1', true],
  ['::', true],
  ['fe80::1', true],
  ['fd00::1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:8.8.8.8', false],
  ['64:ff9b::7f00:1', true],
  ['2606:4700::1', false],
];

for (const [address, internal] of addresses) {
  test(`${address} is ${internal ? 'internal' : 'public'}`, () => assert.equal(isInternalAddress(address), internal));
}

const secure = new AddressPolicy(new URL('https://registry.example'), ['10.0.0.5:5000']);
const plain = new AddressPolicy(new URL('http://127.0.0.1:5000'), []);

const refused: readonly (readonly [policy: AddressPolicy, url: string])[] = [
  [secure, 'http://registry.example/x'],
  [secure, 'http://10.0.0.5:5000/x'],
  [secure, 'https://user:word@cdn.example/x'],
  [secure, 'https://localhost/x'],
  [secure, 'https://a.localhost/x'],
  [secure, 'https://10.0.0.5/x'],
  [secure, 'https://[::1]/x'],
  [secure, 'https://2130706433/x'],
  [secure, 'https://0x7f.1/x'],
  [secure, 'file:///etc/passwd'],
  [plain, 'http://127.0.0.1:5001/x'],
  [plain, 'http://169.254.169.254/latest/meta-data'],
];

for (const [policy, url] of refused) {
  test(`a registry may not lead to ${url}`, () => {
    assert.throws(() => policy.assertVisitable(new URL(url), 'redirect'), { code: 'forbidden-address' });
  });
}

test('a registry may lead to itself, to what is configured, and to public hosts', () => {
  for (const url of ['https://registry.example/y', 'https://10.0.0.5:5000/y', 'https://cdn.example/y']) {
    secure.assertVisitable(new URL(url), 'redirect');
  }
  plain.assertVisitable(new URL('http://127.0.0.1:5000/y'), 'redirect');
});

test('a public name that leads inside is refused when it is resolved', async () => {
  const lookup = secure.lookupFor(new URL('https://localhost.example/'));
  assert.ok(lookup);
  // This name is resolved by every system, without a network.
  const error = await new Promise((resolve) => lookup('localhost', {}, resolve));
  assert.ok(error instanceof RegistryError);
  assert.equal(error.code, 'forbidden-address');
});

test('what an address may hold of secrets is not shown', () => {
  const url = new URL('https://ann:pw@x.example/v2/a/blobs/uploads/1?_state=abc&digest=sha256:00#frag');
  assert.equal(redactUrl(url), 'https://x.example/v2/a/blobs/uploads/1?_state=…&digest=sha256:00');
});
