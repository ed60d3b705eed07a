import { type AgentOptions, Agent as HttpAgent, type RequestOptions as HttpOptions } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { tokenFileAuth, withTokenFiles } from './tokenFile.ts';
import { unusableCredentials } from './unusableCredentials.ts';

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
   * @throws Failure where the way there is not open, or there is nothing to say who asks
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
    const files = kubeconfig.split(':').filter((file) => file !== '');
    const [first = '', ...more] = files;
    config.loadFromFile(first);
    for (const file of more) config.mergeConfig(loaded(file), true);
    config.users = withTokenFiles(config.users, files);
    config.addAuthenticator(tokenFileAuth);
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
  refuseBadAddress(cluster, kubeconfig);
  refuseMissingUser(config, kubeconfig);
  return connect(config, { server, address: server, kubeconfig });
}

function refuseBadAddress({ name, server, skipTLSVerify }: Cluster, kubeconfig: string): void {
  const words = `in ${kubeconfig} the server of the cluster ${JSON.stringify(name)} is ${server}`;
  if (!/^https?:\/\//.test(server)) {
    const hint = `write https:// and the port of the API server: https://${server}`;
    throw new Failure('open the cluster', words, { hint, exitCode: exitCodes.invalidInput });
  }
  if (server.startsWith('http:') && !skipTLSVerify) {
    const hint = 'write https://, or for a proxy on this machine add insecure-skip-tls-verify: true to the cluster';
    const problem = `${words}, and credentials would go there in plain text`;
    throw new Failure('open the cluster', problem, { hint, exitCode: exitCodes.invalidInput });
  }
}

/** Without one the cluster would be asked as nobody, and by whatever certificate. */
function refuseMissingUser(config: KubeConfig, kubeconfig: string): void {
  const { user, name } = config.getContextObject(config.getCurrentContext()) ?? {};
  if (user === undefined || config.getCurrentUser()) return;
  const names = config.users.map((one) => one.name);
  const problem = `in ${kubeconfig} the context ${JSON.stringify(name)} names the user ${JSON.stringify(user)}, and there is none`;
  throw new Failure('open the cluster', problem, {
    hint: names.length === 0 ? 'it has no users at all' : `it has ${names.join(', ')}`,
    exitCode: exitCodes.invalidInput,
  });
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
  const credentials = sharedCredentials(config);
  return {
    ...place,
    context: config.getCurrentContext(),
    config,
    async options(use) {
      try {
        const options = await credentials();
        // The library makes an agent that closes each connection; a proxy's own agent has to stay.
        if (config.getCurrentCluster()?.proxyUrl) return options;
        const kept = { keepAlive: true, ...(use === 'call' && { maxSockets: callsAtOnce }) };
        const agent = agents.get(use) ?? (server.startsWith('https:') ? tlsAgent(options, kept) : new HttpAgent(kept));
        agents.set(use, agent);
        const { headers, auth } = options;
        return { agent, ...(headers && { headers }), ...(auth != null && { auth }) };
      } catch (error) {
        throw unusableCredentials(error, config, place.kubeconfig);
      }
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** A program that gives them may ask a person: it is run once, however many requests wait for it. */
function sharedCredentials(config: KubeConfig): () => Promise<RequestOptions> {
  let asked: Promise<RequestOptions> | undefined;
  const ask = async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  return async () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return { ...(await asked) };
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
