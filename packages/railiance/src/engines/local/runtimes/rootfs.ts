import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Exec } from '../../../exec/exec.ts';
import { createCgroup, findCgroupParents, missingLimits, removeCgroups } from './cgroup.ts';
import { imageProcess } from './imageProcess.ts';
import { assertInstanceId } from './instanceId.ts';
import { killAll, listeningPorts, processesOfInstance, processTree, signalProcess } from './processTree.ts';
import { removeTree } from './removeTree.ts';
import { findSandboxMaker } from './rootfs/makers.ts';
import { giveToApp } from './rootfs/ownership.ts';
import { prepareFolders } from './rootfs/probe.ts';
import type { SandboxMaker, Unavailable } from './rootfs/sandbox.ts';
import { defineRuntime, type RunningProcess, type RuntimeSpec } from './runtime.ts';
import { mergeLayers } from './unpack/mergeLayers.ts';
import type { LayerStore } from './unpack.ts';

export interface RootfsOptions {
  readonly exec: Exec;
  readonly layers: LayerStore;
  /** On the same disk as the instances. */
  readonly directory: string;
  /** How apps are sandboxed; the best way that works here unless given. */
  readonly findMaker?: typeof findSandboxMaker;
}

/** Runs an unpacked image in namespaces of its own, without a container engine, as root or as an ordinary user. */
export function rootfsRuntime({ exec, layers, directory, findMaker = findSandboxMaker }: RootfsOptions) {
  let found: Promise<SandboxMaker | Unavailable> | undefined;
  const maker = () => (found ??= findMaker(exec, directory));

  return defineRuntime({
    name: 'rootfs',
    caveats: [],

    async available() {
      const made = await maker();
      return 'version' in made ? { available: true, version: made.version } : { available: false, ...made };
    },

    cannotGive: async (resources) => missingLimits(resources, findCgroupParents()),

    async start(spec) {
      const made = await maker();
      if (!('version' in made)) throw unavailable(made);
      try {
        return await startInstance(spec, layers, made);
      } catch (error) {
        await removeCgroups(spec.id, findCgroupParents());
        await removeFolders(spec.directory);
        throw error;
      }
    },

    async reap(id, directory) {
      for (let attempt = 0; attempt < 100; attempt++) {
        const left = processesOfInstance(assertInstanceId(id));
        if (left.length === 0) break;
        killAll(left);
        await wait(20);
      }
      await removeCgroups(id, findCgroupParents());
      await removeFolders(directory);
    },
  });
}

async function startInstance(spec: RuntimeSpec, layers: LayerStore, made: SandboxMaker): Promise<RunningProcess> {
  const id = assertInstanceId(spec.id);
  const image = await layers.unpack(spec.layoutDir, spec.manifestDigest);
  const stack = made.stacksLayers ? await layers.stack(image) : undefined;
  await prepareFolders(spec.directory, stack);
  if (!stack) await mergeLayers(image.layers, join(spec.directory, 'copy'), 'copy');
  for (const { hostPath } of spec.volumes) await giveToApp(hostPath);

  const group = await createCgroup(id, spec.resources, findCgroupParents());
  const sandbox = await made.start({
    id,
    directory: realpathSync(spec.directory),
    ...(stack ? { layers: stack } : {}),
    process: imageProcess(image.config, spec, stack ?? [join(spec.directory, 'copy')]),
    volumes: spec.volumes.map(({ hostPath, path }) => ({ hostPath: realpathSync(hostPath), path })),
    streams: spec,
    confine: (pid) => group?.join(pid),
  });
  const { child, appPid, processes } = sandbox;
  let ended = false;
  // What the app leaves behind would hold its output open.
  void child.ended.then(() => {
    ended = true;
    return sandbox.stop();
  });
  const exited = child.exited.then(async (exit) => {
    await sandbox.stop();
    const outOfMemory = group?.outOfMemory() ?? false;
    await group?.remove();
    await removeFolders(spec.directory);
    return { ...exit, outOfMemory };
  });
  return {
    pid: appPid ?? child.pid,
    exited,
    signal: async (name) => {
      if (ended || appPid === undefined) return;
      if (name === 'SIGKILL') await sandbox.stop();
      else signalProcess(appPid, name);
    },
    listeningPorts: async () => (ended ? [] : listeningPorts(processTree(processes))),
  };
}

async function removeFolders(directory: string): Promise<void> {
  for (const name of ['layers', 'root', 'work', 'upper', 'copy']) await removeTree(join(directory, name));
}

function unavailable({ why, hint }: Unavailable): Failure {
  return new Failure('run the image in namespaces', why, {
    ...(hint === undefined ? {} : { hint }),
    exitCode: exitCodes.dependencyMissing,
  });
}
