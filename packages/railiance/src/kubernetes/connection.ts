import { type AgentOptions, Agent as HttpAgent, type RequestOptions as HttpOptions } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';

export interface ConnectionOptions {
  /** Absolute path; absent: $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string;
  /** Absent: the file's current one. */
  readonly context?: string;
}

/** One API server, and who asks it. */
export interface Connection {
  /** Base URL of requests, without a trailing slash. */
  readonly server: string;
  /** Where it is, for people and as its name: the kubeconfig's own address, and the machine that it is reached through. */
  readonly address: string;
  readonly context: string;
  /** Files that programs such as helm and kubectl are given to reach the same server as the same user. */
  readonly kubeconfig: string;
  /** For exec, logs and what else the client library does. */
  readonly config: KubeConfig;
  /** What is known of why requests get no answer. */
  trouble?(): string | undefined;
  /**
   * TLS, credentials and a kept-alive agent for one request. Tokens are renewed as they expire. Calls share a few connections;
   * what streams keeps one to itself, so that no call waits for its end.
   * @throws Failure where the way there is not open
   */
  options(use: 'call' | 'stream'): Promise<RequestOptions & HttpOptions>;
  close(): void;
}

/** @throws Failure where the kubeconfig cannot be read or names no such context */
export function openConnection(
  given: ConnectionOptions,
  env: Readonly<Record<string, string | undefined>>,
): Connection {
  const kubeconfig = given.kubeconfig ?? env.KUBECONFIG ?? join(env.HOME ?? homedir(), '.kube', 'config');
  const config = new KubeConfig();
  try {
    const [first = '', ...more] = kubeconfig.split(':').filter((file) => file !== '');
    config.loadFromFile(first);
    for (const file of more) config.mergeConfig(loaded(file), true);
  } catch (error) {
    throw new Failure('open the cluster', `read ${kubeconfig}: ${problemOf(error)}`, {
      hint: 'name the file with kubeconfig = "…" in the settings of the stage, or in $KUBECONFIG',
      exitCode: exitCodes.dependencyMissing,
    });
  }
  if (given.context !== undefined) useContext(config, given.context, kubeconfig);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new Failure('open the cluster', `${kubeconfig} has no cluster for its current context`, {
      hint: 'name one with context = "…" in the settings of the stage',
      exitCode: exitCodes.invalidInput,
    });
  }
  const server = cluster.server.replace(/\/+$/, '');
  return connect(config, { server, address: server, kubeconfig });
}

function loaded(file: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

function useContext(config: KubeConfig, context: string, kubeconfig: string): void {
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new Failure('open the cluster', `${kubeconfig} has no context ${JSON.stringify(context)}`, {
      hint: names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`,
      exitCode: exitCodes.invalidInput,
    });
  }
  config.setCurrentContext(context);
}

/** A new connection takes both ends longer than a few small answers do. */
const callsAtOnce = 4;

type Place = Pick<Connection, 'server' | 'address' | 'kubeconfig'>;

/** @param place where it is; Helm is given the kubeconfig */
export function connect(config: KubeConfig, place: Place): Connection {
  const { server } = place;
  const agents = new Map<string, HttpAgent | HttpsAgent>();
  return {
    ...place,
    context: config.getCurrentContext(),
    config,
    async options(use) {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      // The library makes an agent that closes each connection; a proxy's own agent has to stay.
      if (config.getCurrentCluster()?.proxyUrl) return options;
      const kept = { keepAlive: true, ...(use === 'call' && { maxSockets: callsAtOnce }) };
      const agent = agents.get(use) ?? (server.startsWith('https:') ? tlsAgent(options, kept) : new HttpAgent(kept));
      agents.set(use, agent);
      const { headers, auth } = options;
      return { agent, ...(headers && { headers }), ...(auth != null && { auth }) };
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** Certificates are read once: with each request, each connection would read them again. */
function tlsAgent(options: RequestOptions, kept: AgentOptions): HttpsAgent {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername, checkServerIdentity: identity } = options;
  const rest = { rejectUnauthorized, servername, checkServerIdentity: identity };
  return new HttpsAgent({
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    secureContext: createSecureContext({ ca, cert, key, pfx, passphrase }),
    ...kept,
  });
}
