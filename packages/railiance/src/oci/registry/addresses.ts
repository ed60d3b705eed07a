import net, { isIP, type LookupFunction } from 'node:net';

import { RegistryError } from './registryError.ts';

/** Loopback, link-local, private and shared ranges: https://www.iana.org/assignments/iana-ipv4-special-registry/ */
const ranges4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
];
const ranges6: readonly (readonly [string, number])[] = [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
];
let internal: net.BlockList | undefined;

/** Made when an address is first asked about: most registries send their clients nowhere else. */
function internalRanges(): net.BlockList {
  if (internal) return internal;
  internal = new net.BlockList();
  for (const [network, prefix] of ranges4) internal.addSubnet(network, prefix);
  for (const [network, prefix] of ranges6) internal.addSubnet(network, prefix, 'ipv6');
  return internal;
}

/** Whether an IP address reaches this machine or a network that is not public. IPv4 inside IPv6 counts as IPv4. */
export function isInternalAddress(address: string): boolean {
  return internalRanges().check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Which addresses a registry may send its client to. */
export class AddressPolicy {
  readonly #origin: string;
  readonly #trusted: ReadonlySet<string>;

  /** `trustedHosts` are hosts with ports, as configured; the registry's own is always one. */
  constructor(base: URL, trustedHosts: readonly string[]) {
    this.#origin = base.origin;
    const defaults = trustedHosts.flatMap((host) => [`http://${host}`, `https://${host}`]);
    this.#trusted = new Set([base.origin, ...defaults.map((text) => new URL(text).origin)]);
  }

  /** The registry itself: the only place that its tokens and credentials are sent to unasked. */
  isOwn(url: URL): boolean {
    return url.origin === this.#origin;
  }

  isTrusted(url: URL): boolean {
    return this.#trusted.has(url.origin);
  }

  /**
   * Asserts that an address given by the registry may be visited. Names are looked at again when they are resolved.
   * @throws RegistryError `forbidden-address`
   */
  assertVisitable(url: URL, what: string): void {
    const refuse = (why: string) => new RegistryError('forbidden-address', `${what}: ${why}`, { url });
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('neither http nor https');
    if (url.username !== '' || url.password !== '') throw refuse('it carries credentials');
    if (url.protocol === 'http:' && this.#origin.startsWith('https:')) throw refuse('from https to http');
    if (this.isTrusted(url)) return;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && isInternalAddress(host))) {
      throw refuse('an internal address that is not configured');
    }
  }

  /** Resolves names of foreign hosts, and refuses those that lead inside; undefined for trusted hosts. */
  lookupFor(url: URL): LookupFunction | undefined {
    return this.isTrusted(url) ? undefined : publicLookup;
  }
}

const publicLookup: LookupFunction = async (hostname, options, callback) => {
  const { lookup } = await import('node:dns');
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const inside = addresses.find(({ address }) => isInternalAddress(address));
    if (inside !== undefined) {
      const problem = `${hostname} leads to ${inside.address}, an internal address that is not configured`;
      return callback(new RegistryError('forbidden-address', problem), []);
    }
    const [first] = addresses;
    return options.all || first === undefined ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
