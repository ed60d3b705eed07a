import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfTarget, isPublic, lookupFor } from './target.ts';

const addresses: readonly [string, boolean][] = [
  ['93.184.216.34', true],
  ['2606:2800:220:1::1', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['100.64.0.1', false],
  ['169.254.169.254', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['::ffff:93.184.216.34', false],
  ['64:ff9b::a00:1', false],
  ['2002:a00:1::', false],
  ['no address', false],
];
for (const [address, expected] of addresses) {
  test(`${address} is ${expected ? 'on the internet' : 'not'}`, () => assert.equal(isPublic(address), expected));
}

test('however an address of this network is written, it is found', () => {
  for (const host of ['127.1', '0x7f.0.0.1', '2130706433', '127.0.0.1.', '[::ffff:127.0.0.1]', 'x.localhost']) {
    assert.match(faultOfTarget(new URL(`https://${host}/`), []) ?? '', /into this network/, host);
  }
});

test('a host that the setting names may be inside and plain, with that port only', () => {
  const hosts = ['hooks.lan', '127.0.0.1:9000'];
  assert.equal(faultOfTarget(new URL('http://hooks.lan/x'), hosts), undefined);
  assert.equal(faultOfTarget(new URL('http://127.0.0.1:9000/x'), hosts), undefined);
  assert.match(faultOfTarget(new URL('https://127.0.0.1:9001/x'), hosts) ?? '', /into this network/);
});

test('a name that leads into this network is refused when it is looked up', async () => {
  const find = lookupFor(new URL('https://localhost/'), []);
  for (const all of [true, false]) {
    const error = await new Promise((done) => find('localhost', { all }, done));
    assert.match(String(error), /leads into this network/);
  }
});
