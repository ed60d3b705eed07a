import { isRegistry } from '../reference.ts';
import { RegistryError } from './registryError.ts';
import { type Access, Repository } from './repository.ts';
import { Transport, type TransportOptions } from './transport.ts';

export interface RegistryOptions extends Omit<TransportOptions, 'base'> {
  /** Host name or address, with its port where it is not the usual one. */
  readonly host: string;
  /** It speaks HTTP without TLS. HTTPS is not tried then, and HTTP never otherwise. */
  readonly plainHttp?: boolean | undefined;
}

/** Docker's own registry goes by another name than its address. */
const aliases: Readonly<Record<string, { readonly host: string; readonly trustedHosts: readonly string[] }>> = {
  'docker.io': { host: 'registry-1.docker.io', trustedHosts: ['auth.docker.io'] },
};

/** A registry, and the connections to it. */
export class Registry {
  /** As it was named. */
  readonly host: string;
  readonly transport: Transport;

  /** @throws RegistryError `invalid` for what cannot be a host */
  constructor({ host, plainHttp = false, ...options }: RegistryOptions) {
    for (const one of [host, ...(options.trustedHosts ?? [])]) {
      if (!isRegistry(one)) throw new RegistryError('invalid', `${JSON.stringify(one)} is not a host with a port`);
    }
    this.host = host;
    const { host: address = host, trustedHosts = [] } = aliases[host] ?? {};
    const base = new URL(`${plainHttp ? 'http' : 'https'}://${address}/`);
    this.transport = new Transport({
      ...options,
      base,
      trustedHosts: [...trustedHosts, ...(options.trustedHosts ?? [])],
    });
  }

  repository(name: string, access: Access, mountFrom: readonly string[] = []): Repository {
    return new Repository(this.transport, name, access, mountFrom);
  }

  /** Asserts that the credentials are taken. @throws RegistryError `unauthorized`, `denied` */
  async login(signal?: AbortSignal): Promise<void> {
    const request = { method: 'GET', url: '/v2/', scope: '', expect: [200], signal } as const;
    (await this.transport.send(request)).stream.resume();
  }

  /** Ends the connections that are kept for more requests. */
  close(): void {
    this.transport.close();
  }
}
