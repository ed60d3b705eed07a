import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Not on the internet: RFC 6890 and what came after; of IPv6 everything outside 2000::/3 too. */
const inside = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(address, prefix, 'ipv4');
}
for (const [address, prefix] of [
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const) {
  inside.addSubnet(address, prefix, 'ipv6');
}
const internet = new BlockList();
internet.addSubnet('2000::', 3, 'ipv6');

/** Whether an address of IPv4 or IPv6 is one of the internet's, where the hub may send to without being told so. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !inside.check(address, 'ipv4');
  return family === 6 && internet.check(address, 'ipv6') && !inside.check(address, 'ipv6');
}

/**
 * What is wrong with an address that wants to be told of events; undefined where nothing is.
 * @param hosts as HUB_WEBHOOK_HOSTS has them: a name or `name:port` that may be inside and without TLS
 */
export function faultOfTarget(url: URL, hosts: readonly string[]): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password';
  if (isNamed(url, hosts)) return undefined;
  if (url.protocol !== 'https:') return 'must begin with https://, unless HUB_WEBHOOK_HOSTS names its host';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const here = host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && !isPublic(host));
  return here ? 'leads into this network: name its host in HUB_WEBHOOK_HOSTS' : undefined;
}

function isNamed({ hostname, host }: URL, hosts: readonly string[]): boolean {
  return hosts.includes(hostname) || hosts.includes(host);
}

/** Finds the addresses of a name, and only those of the internet: a name may lead elsewhere tomorrow than today. */
export function lookupFor(url: URL, hosts: readonly string[]): LookupFunction {
  if (isNamed(url, hosts)) return lookup as LookupFunction;
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '');
      const outside = found.filter(({ address }) => isPublic(address));
      const [first] = outside;
      if (first === undefined) return callback(new Error(`${name} leads into this network`), '');
      if (options.all) callback(null, outside);
      else callback(null, first.address, first.family);
    });
  };
}
