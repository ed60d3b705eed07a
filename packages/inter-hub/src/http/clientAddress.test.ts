import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress, networkOf, trustedProxies } from './clientAddress.ts';

const trusted = trustedProxies(['10.0.0.0/8', '::1']);
const cases: readonly [string, string, string | undefined, string][] = [
  ['without a proxy the socket counts', '203.0.113.9', undefined, '203.0.113.9'],
  ['a forged header from outside is ignored', '203.0.113.9', '10.1.1.1', '203.0.113.9'],
  ['behind a trusted proxy its entry counts', '10.0.0.2', '203.0.113.9', '203.0.113.9'],
  ['what the client itself wrote first is ignored', '10.0.0.2', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
  ['through two trusted proxies', '10.0.0.2', '203.0.113.9, 10.0.0.3', '203.0.113.9'],
  ['nonsense stops the reading', '10.0.0.2', '203.0.113.9, nonsense', '10.0.0.2'],
  ['IPv4 in IPv6 is made plain', '::ffff:10.0.0.2', '::ffff:203.0.113.9', '203.0.113.9'],
];
for (const [name, remote, header, expected] of cases) {
  test(name, () => assert.equal(clientAddress(remote, header, trusted), expected));
}

test('a proxy that is no address is refused at the start', () => {
  assert.throws(() => trustedProxies(['router.local']), /HUB_TRUSTED_PROXIES: "router.local"/);
});

const networks: readonly [string, string][] = [
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::ffff', '2001:db8:1:2::/64'],
  ['2001:db8::7', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
];
for (const [address, network] of networks) {
  test(`${address || 'no address'} is of ${network || 'no network'}`, () => assert.equal(networkOf(address), network));
}
