import { existsSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

import type { RunSpec } from '../../../../domain/app.ts';
import type { Digest } from '../../../../domain/artifact.ts';
import { exitCodes, Failure } from '../../../../domain/failure.ts';
import { type Child, startChild } from '../../../../exec/child.ts';
import type { Exec } from '../../../../exec/exec.ts';
import { openLayout } from '../../../../oci/layout.ts';
import { assertInstanceId } from '../instanceId.ts';
import { listeningPorts, processTree } from '../processTree.ts';
import { type Availability, defineRuntime, type RuntimeSpec } from '../runtime.ts';
import * as commands from './commands.ts';
import { dockerArchive } from './dockerArchive.ts';

export interface ContainerRuntimeOptions {
  readonly exec: Exec;
  readonly dialect: commands.Dialect;
  readonly available: () => Promise<Availability>;
  readonly cannotGive: (resources: RunSpec['resources']) => Promise<readonly string[]>;
  /** Ports that processes of a container listen on, where this process itself may not look; unless given, it may. */
  readonly portsOf?: (pids: readonly number[]) => Promise<readonly number[]>;
}

interface State {
  readonly Pid: number;
  readonly Running: boolean;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
}

/** Runs images by a container engine through its own client. */
export function containerRuntime({ exec, dialect, available, cannotGive, ...options }: ContainerRuntimeOptions) {
  const portsOf = options.portsOf ?? (async (pids) => listeningPorts(pids));
  const client = (argv: readonly [string, ...string[]]) =>
    exec.run({ argv, env: commands.clientEnvironment(process.env), timeoutMs: 60_000 });
  const stateOf = async (id: string): Promise<State | undefined> => {
    const { exitCode, stdout } = await client(commands.stateArguments(dialect, id));
    return exitCode === 0 ? (JSON.parse(stdout) as State) : undefined;
  };
  const remove = (id: string) => client(commands.removeArguments(dialect, id));

  return defineRuntime({
    name: dialect.name,
    caveats: [],
    available,
    cannotGive,

    async start(spec) {
      const id = assertInstanceId(spec.id);
      const env = commands.runEnvironment(process.env, spec.env);
      const image = await load(client, dialect, spec);
      // The container's user is seldom ours; the folders above keep everybody else out.
      for (const { hostPath } of spec.volumes) await chmod(hostPath, 0o777);
      const said: string[] = [];
      const onLine: RuntimeSpec['onLine'] = (line, stream) => {
        if (said.length < 10) said.push(line);
        spec.onLine(line, stream);
      };
      await rm(join(spec.directory, oomMark), { force: true });
      const argv = commands.runArguments(dialect, image, spec);
      const child = await startChild({ ...spec, onLine, argv, env, cwd: spec.directory });
      const pid = await containerPid(child, () => stateOf(id));
      let ended = false;
      const exited = child.exited.then(async ({ exitCode }) => {
        ended = true;
        const state = await stateOf(id);
        await remove(id);
        const outOfMemory = state?.OOMKilled === true || existsSync(join(spec.directory, oomMark));
        return { exitCode: state?.ExitCode ?? exitCode, signal: null, outOfMemory };
      });
      if (pid === undefined && (await child.exited).exitCode === engineError) {
        await exited;
        throw new Failure(`run the container with ${dialect.name}`, said.at(-1) ?? 'the engine refused it');
      }
      return {
        pid: pid ?? child.pid,
        exited,
        signal: async (name) => {
          if (!ended) await client(commands.signalArguments(dialect, id, name));
        },
        listeningPorts: async () => (ended || pid === undefined ? [] : portsOf(processTree([pid]))),
      };
    },

    async reap(id) {
      const { stdout } = await client(commands.leftoverArguments(dialect, assertInstanceId(id)));
      if (stdout.trim() !== '') await remove(id);
    },
  });
}

/**
 * Podman's monitor notes in the folder that it was started from that the kernel killed for memory; podman 4 looks for it
 * elsewhere. https://github.com/containers/conmon/blob/main/src/oom.c
 */
const oomMark = 'oom';

/** What `run` ends with where not the app but the engine failed. */
const engineError = 125;

async function containerPid(child: Child, state: () => Promise<State | undefined>): Promise<number | undefined> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  while (!ended) {
    const pid = (await state())?.Pid;
    if (pid !== undefined && pid > 0) return pid;
    await wait(20);
  }
  return undefined;
}

async function load(
  client: (argv: readonly [string, ...string[]]) => ReturnType<Exec['run']>,
  dialect: commands.Dialect,
  { layoutDir, manifestDigest }: RuntimeSpec,
): Promise<string> {
  const layout = await openLayout(layoutDir);
  const manifest = await layout.manifest(manifestDigest as Digest);
  const name = commands.imageName(manifest.config.digest);
  if ((await client(commands.imageExistsArguments(dialect, name))).exitCode === 0) return name;
  const said: string[] = [];
  const child = await startChild({
    argv: commands.loadArguments(dialect),
    env: commands.clientEnvironment(process.env),
    stdin: Readable.from(dockerArchive(layout, manifest, name)),
    onLine: (line) => said.push(line),
  });
  const { exitCode } = await child.exited;
  if (exitCode === 0) return name;
  throw new Failure(`load the image into ${dialect.name}`, said.at(-1) ?? `it ended with ${exitCode}`, {
    exitCode: exitCodes.dependencyMissing,
  });
}
