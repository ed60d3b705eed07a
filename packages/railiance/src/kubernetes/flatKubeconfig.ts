import { posix } from 'node:path';
import { parse } from 'yaml';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';

type Fields = Record<string, unknown>;

interface Named extends Fields {
  readonly name?: unknown;
}

/** A kubeconfig as it lies on another machine. */
export interface KubeconfigThere {
  /** Absolute, there. */
  readonly path: string;
  readonly text: string;
  /** Of the user and cluster of this context; absent: the file's current one. */
  readonly context?: string;
  /** Name of the machine, for messages. */
  readonly machine: string;
  /** Reads a file of that machine. */
  readText(path: string): Promise<string>;
}

const filesOf = {
  cluster: { 'certificate-authority': 'certificate-authority-data' },
  user: { 'client-certificate': 'client-certificate-data', 'client-key': 'client-key-data' },
} as const;

/**
 * One context of a kubeconfig with all that it names in other files inside it, as JSON, so that it can be used elsewhere.
 * Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 * @throws Failure for a context that is not there, and for credentials that cannot leave that machine
 */
export async function flatKubeconfig(there: KubeconfigThere): Promise<string> {
  const config = read(there);
  const name = there.context ?? config['current-context'];
  const context = pick(config.contexts, name, 'context', there);
  const cluster = pick(context.cluster === undefined ? undefined : config.clusters, context.cluster, 'cluster', there);
  const user = pick(config.users, context.user, 'user', there);
  const program = ['exec', 'auth-provider'].find((key) => user[key] !== undefined);
  if (program !== undefined) {
    throw refused(there, `the user ${JSON.stringify(context.user)} gets its credentials from a program (${program})`);
  }
  const { 'proxy-url': _, ...direct } = await withFiles(cluster, filesOf.cluster, there);
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    contexts: [{ name, context }],
    clusters: [{ name: context.cluster, cluster: direct }],
    users: [{ name: context.user, user: await withToken(await withFiles(user, filesOf.user, there), there) }],
  });
}

function read(there: KubeconfigThere): Fields {
  try {
    const config: unknown = parse(there.text);
    if (isFields(config)) return config;
    throw new Error('it is empty');
  } catch (error) {
    throw refused(there, problemOf(error));
  }
}

/** The fields of a named entry: `{ name, user: { … } }`. */
function pick(entries: unknown, name: unknown, kind: 'context' | 'cluster' | 'user', there: KubeconfigThere): Fields {
  const all: readonly Named[] = Array.isArray(entries) ? entries.filter(isFields) : [];
  const found = all.find((entry) => entry.name === name)?.[kind];
  if (name !== undefined && isFields(found)) return found;
  const names = all.map((entry) => String(entry.name)).join(', ');
  throw refused(there, `it has no ${kind} ${JSON.stringify(name ?? '')}`, names === '' ? undefined : `it has ${names}`);
}

async function withFiles(fields: Fields, files: Readonly<Record<string, string>>, there: KubeconfigThere) {
  const flat = { ...fields };
  for (const [file, data] of Object.entries(files)) {
    const path = flat[file];
    delete flat[file];
    if (typeof path !== 'string' || path === '' || flat[data] !== undefined) continue;
    flat[data] = Buffer.from(await there.readText(beside(there.path, path))).toString('base64');
  }
  return flat;
}

async function withToken({ tokenFile: path, ...user }: Fields, there: KubeconfigThere): Promise<Fields> {
  if (typeof path !== 'string' || path === '') return user;
  return { ...user, token: (await there.readText(beside(there.path, path))).trim() };
}

/** Relative paths of a kubeconfig are meant from its own folder. */
function beside(file: string, path: string): string {
  return posix.resolve(posix.dirname(file), path);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused({ machine, path }: KubeconfigThere, problem: string, hint?: string): Failure {
  return new Failure(`read ${path} on ${machine}`, problem, {
    hint: hint ?? 'name another one with kubeconfig = "…" or context = "…" in the settings of the stage',
    exitCode: exitCodes.invalidInput,
  });
}
