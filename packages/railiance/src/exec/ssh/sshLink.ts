import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';
import { type Child, startChild } from '../child.ts';
import { minimalEnvironment } from '../environment.ts';
import type { Exec } from '../exec.ts';
import { connectionFailure } from './connectionFailure.ts';
import { clientEnvironment, createSshExec, type SshExecOptions } from './sshExec.ts';
import { type SshTarget, sshForwardArgv, sshMasterArgv } from './target.ts';

/** One connection to another machine that many programs and forwarded ports share. It is opened when it is first used. */
export interface SshLink {
  readonly exec: Exec;
  /** Leads a free port of the loopback address to an address as that machine sees it. */
  forward(to: ForwardedTo): Promise<Forward>;
  /** Ends the connection and all that goes through it; what is used later opens a new one. */
  close(): Promise<void>;
}

export interface ForwardedTo {
  readonly host: string;
  readonly port: number;
}

export interface Forward {
  readonly port: number;
  /** Opens the connection where it is not open. @throws Failure saying why the machine is not reached */
  ready(): Promise<void>;
  /** What the machine said of the address last, where it could not be reached from there. */
  trouble(): string | undefined;
}

interface Master {
  readonly child: Child;
  /** Resolves when the connection has ended, and nothing is left of its folder. */
  readonly gone: Promise<void>;
  readonly folder: string;
  readonly controlPath: string;
  /** Names of forwarded sockets in the folder, by address. */
  readonly sockets: Map<string, Promise<string>>;
}

const openTimeoutMs = 20_000;
const controlTimeoutMs = 10_000;
/** A connection that was there once is probably there again soon. */
const reopenForMs = 15_000;
const reopenEveryMs = 500;

export function openSshLink(target: SshTarget, local: Exec, options: SshExecOptions = {}): SshLink {
  const name = options.name ?? target.host;
  let current: Promise<Master> | undefined;
  let wasOpen = false;
  let trouble: string | undefined;
  const onLine = (line: string) => {
    trouble = /open failed: (?:connect failed: )?(.+)/.exec(line)?.[1] ?? trouble;
  };

  function master(): Promise<Master> {
    if (current) return current;
    const opening = startMaster(target, { ...options, name }, onLine);
    current = opening;
    const forget = () => {
      if (current === opening) current = undefined;
    };
    opening.then(({ child }) => {
      wasOpen = true;
      void child.exited.then(forget);
    }, forget);
    return opening;
  }

  async function reopened(): Promise<Master> {
    const untilMs = performance.now() + (wasOpen ? reopenForMs : 0);
    for (;;) {
      try {
        return await master();
      } catch (error) {
        const isOver = !(error instanceof Failure) || error.exitCode !== exitCodes.dependencyMissing;
        if (isOver || performance.now() >= untilMs) throw error;
        await wait(reopenEveryMs);
      }
    }
  }

  return {
    exec: {
      run: async (command) => {
        command.signal?.throwIfAborted();
        const { controlPath } = await reopened();
        return await createSshExec(target, local, { ...options, name, controlPath }).run(command);
      },
    },
    async forward(to) {
      const socketOf = async () => await forwardedSocket(await reopened(), target, to, { ...options, name }, local);
      const port = await listen(async () => {
        const socket = await socketOf();
        trouble = undefined;
        return socket;
      });
      return { port, ready: async () => void (await socketOf()), trouble: () => trouble };
    },
    async close() {
      const open = await current?.catch(() => undefined);
      if (!open) return;
      open.child.signal('SIGTERM');
      await open.gone;
    },
  };
}

type Named = SshExecOptions & { readonly name: string };

async function startMaster(target: SshTarget, options: Named, onLine: (line: string) => void): Promise<Master> {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-ssh-'));
  const controlPath = join(folder, 'c');
  const lines: string[] = [];
  const said = () => lines.join('\n');
  try {
    const child = await startChild({
      argv: sshMasterArgv(target, { ...options, controlPath }),
      env: minimalEnvironment(clientEnvironment()),
      onLine: (line) => {
        if (lines.push(line) > 50) lines.shift();
        onLine(line);
      },
    });
    let ended = false;
    void child.exited.then(() => {
      ended = true;
    });
    const untilMs = performance.now() + openTimeoutMs;
    while (!existsSync(controlPath)) {
      if (ended || performance.now() >= untilMs) {
        child.signal('SIGKILL');
        throw connectionFailure(options.name, target, said()) ?? notOpened(options.name, said());
      }
      await wait(10);
    }
    const gone = child.exited.then(async () => await removed(folder));
    return { child, gone, folder, controlPath, sockets: new Map() };
  } catch (error) {
    await removed(folder);
    throw error;
  }
}

/** A folder that stays behind among the temporary files is no reason to fail. */
async function removed(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => {});
}

function notOpened(name: string, said: string): Failure {
  const last = said.trim().split('\n').at(-1);
  return new Failure(`reach ${name} by SSH`, last || 'it did not answer in time', {
    hint: 'the same `ssh` by hand must work without a question',
    exitCode: exitCodes.dependencyMissing,
  });
}

/** A socket of this machine in the connection's own folder: nobody else can open it, and no port has to be guessed. */
function forwardedSocket(
  { sockets, folder, controlPath }: Master,
  target: SshTarget,
  to: ForwardedTo,
  options: Named,
  local: Exec,
): Promise<string> {
  const address = `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`;
  const known = sockets.get(address);
  if (known) return known;
  const socket = join(folder, `f${randomUUID().slice(0, 8)}`);
  const asking = local
    .run({
      argv: sshForwardArgv(target, `${socket}:${address}`, { ...options, controlPath }),
      env: clientEnvironment(),
      timeoutMs: controlTimeoutMs,
    })
    .then(({ exitCode, stderr }) => {
      if (exitCode === 0) return socket;
      sockets.delete(address);
      throw new Failure(`reach ${address} through ${options.name}`, stderr.trim().split('\n').at(-1) || 'it ended', {
        hint: `its SSH server must allow TCP forwarding (AllowTcpForwarding)`,
        exitCode: exitCodes.dependencyMissing,
      });
    });
  sockets.set(address, asking);
  return asking;
}

/** The port stays the same whatever becomes of the connection: each socket goes through the one that is open then. */
async function listen(socketOf: () => Promise<string>): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socketOf().then(
      (path) => pipeBoth(socket, connect(path)),
      () => socket.destroy(),
    );
  });
  server.unref();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error) => reject(new Failure('forward a port', problemOf(error))));
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function pipeBoth(one: Socket, other: Socket): void {
  for (const [from, to] of [[one, other] as const, [other, one] as const]) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}
