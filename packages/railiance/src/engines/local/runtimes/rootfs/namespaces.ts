import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

import { exitCodes, Failure } from '../../../../domain/failure.ts';
import { type Child, startChild } from '../../../../exec/child.ts';
import type { Exec } from '../../../../exec/exec.ts';
import { childrenOf, instanceVariable, killAll } from '../processTree.ts';
import { appCommand, environmentFor, finishCommand, initCommand } from './commands.ts';
import type { HostTools } from './hostTools.ts';
import { hostFiles, type Sandbox, type SandboxSpec } from './sandbox.ts';
import { setupScript } from './setupScript.ts';

/** Comes back from the init of an instance when that is ready. */
const readyLine = 'ready';

export interface NamespacesOptions {
  readonly exec: Exec;
  readonly tools: HostTools;
  /** This machine's user whom apps are; absent where this process is an ordinary user's: then apps are that user. */
  readonly user: number | undefined;
}

/** Starts an app by util-linux: an init that sets up the root, and the app beside it. */
export async function startInNamespaces(spec: SandboxSpec, { exec, tools, user }: NamespacesOptions): Promise<Sandbox> {
  const script = setupScript(
    {
      directory: spec.directory,
      ...(spec.layers ? { layers: spec.layers } : {}),
      userAttributes: user === undefined,
      workingDir: spec.process.workingDir,
      volumes: spec.volumes,
      files: hostFiles(),
    },
    tools,
  );
  const init = await startInit(spec.id, initCommand(tools, script, user !== undefined));
  try {
    await finish(exec, finishCommand(tools, init.pid, user));
    const child = await startChild({
      ...spec.streams,
      argv: appCommand(tools, init.pid, spec.process, user),
      env: { ...environmentFor(spec.process.env), [instanceVariable]: spec.id },
      cwd: '/',
    });
    spec.confine(child.pid);
    const appPid = await firstChild(child);
    return { child, appPid, processes: [child.pid, init.pid], stop: init.stop };
  } catch (error) {
    await init.stop();
    throw error;
  }
}

async function finish(exec: Exec, argv: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, stderr } = await exec.run({ argv, timeoutMs: 10_000 });
  if (exitCode !== 0) throw setupFailed(stderr.trim());
}

interface Init {
  /** Of process 1 of the namespaces, as seen from outside. */
  readonly pid: number;
  stop(): Promise<void>;
}

async function startInit(id: string, argv: readonly [string, ...string[]]): Promise<Init> {
  const input = new PassThrough();
  input.write(`${readyLine}\n`);
  const said: string[] = [];
  const ready = Promise.withResolvers<void>();
  const child = await startChild({
    argv,
    env: { PATH: process.env.PATH ?? '', [instanceVariable]: id },
    stdin: input,
    onLine: (line) => {
      if (line === readyLine) ready.resolve();
      else said.push(line);
    },
  });
  const failed = child.exited.then((): never => {
    throw setupFailed(said.at(-1) ?? '');
  });
  await Promise.race([ready.promise, failed]);
  failed.catch(() => undefined);
  const [pid] = childrenOf(child.pid);
  if (pid === undefined) await failed;
  return {
    pid: pid as number,
    stop: async () => {
      input.end();
      killAll(childrenOf(child.pid));
      await child.exited;
    },
  };
}

function setupFailed(said: string): Failure {
  return new Failure('set up the root of the instance', said || 'it ended without a word', {
    exitCode: exitCodes.dependencyMissing,
  });
}

/** nsenter's child is the app. */
async function firstChild(child: Child): Promise<number | undefined> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  while (!ended) {
    const [pid] = childrenOf(child.pid);
    if (pid !== undefined) return pid;
    await wait(2);
  }
  return undefined;
}
