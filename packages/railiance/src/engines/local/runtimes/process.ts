import { lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import { startChild } from '../../../exec/child.ts';
import type { ImageConfig } from '../../../oci/types.ts';
import { createCgroup, findCgroupParents, missingLimits, removeCgroups } from './cgroup.ts';
import { imageProcess } from './imageProcess.ts';
import { assertInstanceId } from './instanceId.ts';
import { hostCommand, hostDirectory, hostEnvironment, volumeVariable } from './process/hostCommand.ts';
import { writeNodeLauncher } from './process/nodeLauncher.ts';
import { instanceVariable, killAll, listeningPorts, processesOfInstance, processTree } from './processTree.ts';
import { defineRuntime, type RuntimeSpec } from './runtime.ts';
import { mergeLayers } from './unpack/mergeLayers.ts';
import type { LayerStore } from './unpack.ts';

/**
 * Runs images of the node builder as plain processes of this machine, where nothing else can: the image's own Node, from a
 * copy of the image of its own.
 */
export function processRuntime(layers: LayerStore) {
  return defineRuntime({
    name: 'process',
    caveats: [
      "no isolation: the app runs as your user and sees your files; absolute paths are this machine's, so volumes are at $RAILIANCE_VOLUME_<NAME>",
    ],

    async available() {
      if (process.platform === 'linux') return { available: true, version: `Linux, ${process.arch}` };
      return { available: false, why: `it runs images for Linux, and this is ${process.platform}` };
    },

    cannotGive: async (resources) => missingLimits(resources, findCgroupParents()),

    async start(spec) {
      const id = assertInstanceId(spec.id);
      const image = await layers.unpack(spec.layoutDir, spec.manifestDigest);
      assertNodeBuilder(image.config);
      const root = join(spec.directory, 'root');
      await rm(root, { recursive: true, force: true });
      await mkdir(root, { recursive: true });
      await mergeLayers(image.layers, root, 'copy');
      linkVolumes(root, spec.volumes);

      const inImage = imageProcess(image.config, spec, [root]);
      const node = await writeNodeLauncher(root, spec.directory, inImage);
      const cwd = hostDirectory(root, inImage.workingDir);
      await mkdir(cwd, { recursive: true });
      const group = await createCgroup(id, spec.resources, findCgroupParents());
      const child = await startChild({
        ...spec,
        argv: hostCommand(root, inImage, node),
        env: { ...hostEnvironment(root, inImage, node), ...volumeEnvironment(spec), [instanceVariable]: id },
        cwd,
      });
      group?.join(child.pid);

      // What it leaves behind would hold its output open.
      void child.ended.then(() => killAll(processesOfInstance(id)));
      const exited = child.exited.then(async (exit) => {
        const outOfMemory = group?.outOfMemory() ?? false;
        await group?.remove();
        return { ...exit, outOfMemory };
      });
      return {
        pid: child.pid,
        exited,
        signal: async (name) => {
          if (name === 'SIGKILL') killAll([...processTree([child.pid]), ...processesOfInstance(id)]);
          else child.signal(name);
        },
        listeningPorts: async () => listeningPorts([...processTree([child.pid]), ...processesOfInstance(id)]),
      };
    },

    async reap(id, directory) {
      killAll(processesOfInstance(assertInstanceId(id)));
      await removeCgroups(id, findCgroupParents());
      for (const name of ['root', 'bin']) await rm(join(directory, name), { recursive: true, force: true });
    },
  });
}

function assertNodeBuilder({ config }: ImageConfig): void {
  if (config?.Labels?.['dev.railiance.builder'] === 'node') return;
  throw new Failure('run the image', 'without isolation only images of the node builder can be run', {
    hint: 'install bubblewrap or podman, or allow user namespaces on this machine',
    exitCode: exitCodes.dependencyMissing,
  });
}

function linkVolumes(root: string, volumes: RuntimeSpec['volumes']): void {
  for (const { path, hostPath } of volumes) {
    const parent = hostDirectory(root, dirname(path));
    mkdirSync(parent, { recursive: true });
    const place = join(parent, basename(path));
    if (lstatSync(place, { throwIfNoEntry: false })) rmSync(place, { recursive: true });
    symlinkSync(hostPath, place);
  }
}

function volumeEnvironment({ volumes }: RuntimeSpec): Record<string, string> {
  return Object.fromEntries(volumes.map(({ name, hostPath }) => [volumeVariable(name), hostPath]));
}
