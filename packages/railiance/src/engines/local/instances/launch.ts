import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { RunSpec, VolumeSpec } from '../../../domain/app.ts';
import type { Artifact } from '../../../domain/artifact.ts';
import { problemOf } from '../../../domain/failure.ts';
import { assertName, type Target } from '../../../domain/name.ts';
import type { Secrets } from '../../../domain/secret.ts';
import { environmentOf } from '../../environment.ts';
import type { Exit, RunningProcess, Runtime, RuntimeSpec } from '../runtimes/runtime.ts';
import { recordLaunch } from './leftovers.ts';
import type { InstanceTools } from './tools.ts';

/** What is to be run once: an instance's main process, a task or a command beside an instance. */
export interface LaunchSpec extends Target {
  /** Safe as a file name. Used again only after `dispose`. */
  readonly launchId: string;
  readonly artifact: Artifact;
  readonly layoutDir: string;
  readonly run: RunSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
  readonly command?: readonly string[];
  readonly port?: number;
  readonly onLine?: RuntimeSpec['onLine'];
  readonly streams?: Pick<RuntimeSpec, 'stdin' | 'onBytes'>;
}

export interface Launch {
  readonly process: RunningProcess;
  readonly runtime: Runtime;
  /**
   * Removes what the process leaves: other processes, files. To be called when it has ended; idempotent. What cannot be
   * removed is said in the agent's log, and tried again when the agent starts.
   */
  dispose(): Promise<void>;
}

/** @throws Failure where no runtime fits or the image cannot be run */
export async function launch(spec: LaunchSpec, tools: InstanceTools): Promise<Launch> {
  const runtime = await tools.runtimes.choose(spec.run.runtime);
  const directory = join(tools.instancesDir, spec.launchId);
  const command = spec.command ?? spec.run.command;
  const target = { app: spec.app, stage: spec.stage };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await recordLaunch(directory, runtime.name);
  let gone: Promise<void> | undefined;
  const dispose = () => {
    gone ??= runtime
      .reap(spec.launchId, directory)
      .then(() => rm(directory, { recursive: true, force: true }))
      .catch((error: unknown) => tools.log(`could not remove all of ${spec.launchId}: ${problemOf(error)}`));
    return gone;
  };
  try {
    const running = await runtime.start({
      id: spec.launchId,
      layoutDir: spec.layoutDir,
      manifestDigest: spec.artifact.manifestDigest,
      ...(command === undefined ? {} : { command }),
      env: environmentOf({ ...spec, target, url: tools.publicUrl(target) }),
      volumes: await volumesOf(target, spec.run.volumes, tools),
      resources: spec.run.resources,
      directory,
      onLine: spec.onLine ?? (() => {}),
      ...spec.streams,
    });
    const process: RunningProcess = {
      pid: running.pid,
      exited: exitOf(running, spec, tools),
      signal: (name) => running.signal(name),
      listeningPorts: () => running.listeningPorts(),
    };
    return { process, runtime, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A runtime that cannot tell how a process ended has still seen its end. */
function exitOf(running: RunningProcess, { launchId }: LaunchSpec, { log }: InstanceTools): Promise<Exit> {
  return running.exited.catch((error: unknown) => {
    log(`could not tell how ${launchId} ended: ${problemOf(error)}`);
    return { exitCode: null, signal: null, outOfMemory: false };
  });
}

/** Volumes belong to the app on its stage, not to a release: they stay. */
async function volumesOf(target: Target, volumes: readonly VolumeSpec[], tools: InstanceTools) {
  return Promise.all(
    volumes.map(async (volume) => {
      const hostPath = join(tools.home.target(target), 'volumes', assertName('volume', volume.name));
      await mkdir(hostPath, { recursive: true });
      return { ...volume, hostPath };
    }),
  );
}
