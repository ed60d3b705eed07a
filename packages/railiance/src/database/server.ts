import { hostname } from 'node:os';

import type { Clock } from '../domain/clock.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { startDaemon } from '../exec/daemon.ts';
import { identifyProcess } from '../exec/processIdentity.ts';
import { asAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { withConnection } from './connection.ts';
import type { Placement } from './placement.ts';
import { lookForPostmaster, pidFile, setAsidePidFile } from './postmaster.ts';
import { boundServerLog, readServerLog, serverLogFile, sizeOf } from './serverLog.ts';
import { freePort, openServerState, type ServerState, writeServerState } from './serverState.ts';
import { serverSettings, settingArguments } from './settings.ts';

/** After a crash the server first repeats up to 256 MB of its log. */
const startMs = 120_000;
/** A killed server's children and a port's last holder may need a moment to go. */
const patienceMs = 10_000;
const pollMs = 50;

export interface ServerParts {
  readonly placement: Placement;
  readonly binaries: Binaries;
  readonly cluster: Cluster;
  readonly clock: Clock;
}

/** Version of the server where it is this cluster's and takes logins; undefined where it does not (yet). */
export async function askServer({ dataDir, superuser }: Cluster, port: number): Promise<string | undefined> {
  try {
    return await withConnection({ port, ...superuser, database: 'postgres' }, async (client) => {
      const asked =
        "SELECT current_setting('data_directory') AS directory, current_setting('server_version') AS version";
      const { rows } = await client.query<{ directory: string; version: string }>(asked);
      return rows[0]?.directory === dataDir ? rows[0].version : undefined;
    });
  } catch {
    return undefined;
  }
}

/**
 * Starts the server, or finds the one that runs: also one that another process started or an earlier agent left.
 * PostgreSQL's own lock on the data directory decides between several that start it at once.
 * @returns the port, where it accepts connections now
 */
export async function startServer(parts: ServerParts): Promise<number> {
  const { placement, cluster, clock } = parts;
  const { folder } = placement;
  await boundServerLog(folder);
  const begun = clock.elapsedMs();
  const deadline = begun + startMs;
  let state = await openServerState(folder);
  while (clock.elapsedMs() < deadline) {
    const found = await lookForPostmaster(cluster.dataDir);
    if (found.state === 'alive') {
      if ((await askServer(cluster, found.port)) !== undefined) return await settle(folder, state, found.port);
      await clock.sleep(pollMs);
      continue;
    }
    if (found.state === 'gone') await clearLeftover(cluster, state, found.reused);
    const output = await launch(parts, state, deadline);
    if (output === 'runs') continue;
    const isTaken = /could not bind .*in use/.test(output);
    if (isTaken && !state.settled) {
      state = { ...state, port: await freePort() };
      await writeServerState(folder, state);
    } else if (clock.elapsedMs() > begun + patienceMs || !mayPass(output)) {
      throw notStarted(output, isTaken ? state.port : undefined, folder);
    } else {
      await clock.sleep(pollMs * 4);
    }
  }
  throw notStarted(`it does not accept connections after ${startMs / 1000} s`, undefined, folder);
}

/** What the next attempt may find gone: another starter's lock, a dead server's memory, somebody else's port. */
function mayPass(output: string): boolean {
  return /lock file .* (already exists|is empty)|shared memory block|could not bind|Is another postmaster/.test(output);
}

async function settle(folder: string, state: ServerState, port: number): Promise<number> {
  const settled: ServerState = { port, settled: true, host: hostname() };
  if (!state.settled || state.port !== port || state.host !== settled.host) await writeServerState(folder, settled);
  return port;
}

/**
 * The lock file of a dead server: PostgreSQL removes it by itself, but for two cases. If another machine wrote it, the
 * server may well run there, on a shared disk; two on one data directory destroy it. If another program has the
 * process id now, PostgreSQL takes that for the server; it still checks that nobody uses the old server's memory.
 */
async function clearLeftover({ dataDir }: Cluster, state: ServerState, reused: boolean): Promise<void> {
  if (state.settled && state.host !== hostname()) {
    throw new Failure('start PostgreSQL', `its data directory ${dataDir} is in use by the machine ${state.host}`, {
      hint: `stop it there; if that machine is no more, remove ${pidFile(dataDir)} and try again`,
      exitCode: exitCodes.needsPerson,
    });
  }
  if (reused) await setAsidePidFile(dataDir);
}

/** Resolves with `runs` once there is a lock file of a live server, else with what the program said before it ended. */
async function launch(parts: ServerParts, state: ServerState, deadline: number): Promise<string> {
  const { placement, binaries, cluster, clock } = parts;
  const { folder, account } = placement;
  const settings = settingArguments(serverSettings(state.port));
  const logged = await sizeOf(serverLogFile(folder));
  const pid = await startDaemon({
    argv: asAccount(account, [binaries.postgres, '-D', cluster.dataDir, ...settings]),
    cwd: cluster.dataDir,
    logFile: serverLogFile(folder),
  });
  while (identifyProcess(pid) && clock.elapsedMs() < deadline) {
    const found = await lookForPostmaster(cluster.dataDir);
    if (found.state === 'alive' && found.pid === pid && (await askServer(cluster, found.port)) !== undefined)
      return 'runs';
    await clock.sleep(pollMs);
  }
  return await readServerLog(folder, logged);
}

function notStarted(output: string, takenPort: number | undefined, folder: string): Failure {
  if (takenPort !== undefined) {
    return new Failure('start PostgreSQL', `its port ${takenPort} on 127.0.0.1 is held by another program`, {
      hint: `stop that program (ss -ltnp 'sport = :${takenPort}' names it); releases hold this port in their DATABASE_URL`,
      exitCode: exitCodes.dependencyMissing,
    });
  }
  const lines = output.trim().split('\n');
  const line = lines.findLast((text) => /FATAL|PANIC|error/.test(text)) ?? lines.at(-1);
  return new Failure('start PostgreSQL', line?.replace(/^.*?(FATAL|PANIC|error): */, '') || 'it ended without a word', {
    hint: `read ${serverLogFile(folder)}`,
    exitCode: exitCodes.dependencyMissing,
  });
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended since it was looked for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Fast shutdown: sessions are ended, everything committed is on the disk. @throws Failure where it does not end */
export async function stopServer(cluster: Cluster, clock: Clock): Promise<void> {
  for (const [signal, graceMs] of [
    ['SIGINT', 60_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    const found = await lookForPostmaster(cluster.dataDir);
    if (found.state !== 'alive') return;
    tell(found.pid, signal);
    const until = clock.elapsedMs() + graceMs;
    while (clock.elapsedMs() < until) {
      if (!identifyProcess(found.pid)) return;
      await clock.sleep(pollMs);
    }
  }
  throw new Failure('stop PostgreSQL', `the server in ${cluster.dataDir} does not end`, {
    exitCode: exitCodes.needsPerson,
  });
}
