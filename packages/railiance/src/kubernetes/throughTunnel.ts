import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';

import { type Connection, connect } from './connection.ts';

/** A port of this machine that leads to the API server. */
export interface Way {
  readonly port: number;
  /** @throws Failure saying why nothing can come through */
  ready(): Promise<void>;
  /** Why the far end could not be reached, where that was said. */
  trouble(): string | undefined;
}

/**
 * The cluster of another machine's kubeconfig, reached by a way that leads there.
 * @param text of the kubeconfig, with all that belongs to it
 * @param origin where the text comes from; Helm runs there, with that very file
 */
export function connectThrough(
  text: string,
  origin: { readonly machine: string; readonly kubeconfig: string },
  wayTo: (server: URL) => Promise<Way>,
): Promise<Connection> {
  const config = new RedirectedConfig();
  config.loadFromString(text);
  return config.redirect(wayTo).then(({ server, way, there }) => ({
    ...connect(config, { server, address: `${there} through ${origin.machine}`, kubeconfig: origin.kubeconfig }),
    trouble: way.trouble,
  }));
}

/** Asks at another address than its file says; certificates are checked for the file's own. */
class RedirectedConfig extends KubeConfig {
  private way: Way | undefined;
  private realHost = '';

  async redirect(wayTo: (server: URL) => Promise<Way>) {
    const cluster = this.getCurrentCluster();
    const url = new URL(cluster?.server ?? '');
    const way = await wayTo(url);
    const there = url.href.replace(/\/+$/, '');
    this.way = way;
    this.realHost = cluster?.tlsServerName ?? url.hostname.replace(/^\[|\]$/g, '');
    url.hostname = '127.0.0.1';
    url.port = String(way.port);
    const server = url.href.replace(/\/+$/, '');
    this.clusters = this.clusters.map((one) => (one === cluster ? { ...one, server } : one));
    return { server, way, there };
  }

  /** Also what the library's WebSockets are opened with. */
  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    await this.way?.ready();
    await super.applyToHTTPSOptions(options);
    options.checkServerIdentity = (_, certificate) => checkServerIdentity(this.realHost, certificate);
    if (!isIP(this.realHost)) options.servername = this.realHost;
  }
}
