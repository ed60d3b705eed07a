import { existsSync } from 'node:fs';

import type { Exec } from '../../../exec/exec.ts';
import { findPrograms } from '../../../exec/which.ts';
import { packTar } from '../../../oci/tar.ts';
import {
  clientEnvironment,
  imageExistsArguments,
  importProbeArguments,
  openFilesArguments,
  podman,
  probeArguments,
  probeImage,
} from './container/commands.ts';
import { containerRuntime } from './container/containerRuntime.ts';
import { listeningPorts, socketsIn } from './processTree.ts';
import type { Availability, Runtime } from './runtime.ts';

const anotherUser = 1000;

/** The first call after a boot sets up its storage. */
const answerWithinMs = 10_000;

/** Where podman looks for the init of a container, beside its search path. */
const initPlaces = [
  '/usr/libexec/podman/catatonit',
  '/usr/lib/podman/catatonit',
  '/usr/local/libexec/podman/catatonit',
];

interface Info {
  readonly host?: {
    readonly cgroupControllers?: readonly string[];
    readonly security?: { readonly rootless?: boolean };
  };
  readonly version?: { readonly Version?: string };
}

export function podmanRuntime(exec: Exec): Runtime {
  let asked: Promise<{ availability: Availability; info: Info }> | undefined;
  const ask = () => (asked ??= askPodman(exec));
  return containerRuntime({
    exec,
    dialect: podman,
    available: async () => (await ask()).availability,
    // Without root rights, containers run as users whose processes only podman's own root may look into.
    portsOf: async (pids) => {
      const seen = listeningPorts(pids);
      const { info } = await ask();
      if (seen.length > 0 || !info.host?.security?.rootless) return seen;
      const argv = openFilesArguments(pids);
      const { stdout } = await exec.run({ argv, env: clientEnvironment(process.env), timeoutMs: answerWithinMs });
      return listeningPorts(pids, socketsIn(stdout));
    },
    cannotGive: async (resources) => {
      const controllers = (await ask()).info.host?.cgroupControllers ?? [];
      const why = 'podman may not set it here (podman info: cgroupControllers)';
      return [
        ...(resources.memoryBytes !== undefined && !controllers.includes('memory')
          ? [`the memory limit is not kept: ${why}`]
          : []),
        ...(resources.cpus !== undefined && !controllers.includes('cpu')
          ? [`the limit of processors is not kept: ${why}`]
          : []),
      ];
    },
  });
}

async function askPodman(exec: Exec): Promise<{ availability: Availability; info: Info }> {
  const no = (why: string, hint?: string) => ({
    availability: { available: false, why, ...(hint === undefined ? {} : { hint }) } as const,
    info: {},
  });
  const [path] = findPrograms('podman');
  if (path === undefined) return no('there is no podman on this machine');
  const hasInit = findPrograms('catatonit').length > 0 || initPlaces.some((place) => existsSync(place));
  if (!hasInit) return no('podman is there, but not the init that stops apps properly', 'install catatonit');
  const result = await exec.run({
    argv: [path, 'info', '--format', 'json'],
    env: clientEnvironment(process.env),
    timeoutMs: answerWithinMs,
  });
  if (result.exitCode !== 0) {
    const why = result.stderr.trim().split('\n').at(-1) || 'it does not answer';
    return no(`podman is there (${path}), but does not work: ${why}`, 'see "podman info"');
  }
  const problem = await startProblem(exec);
  if (problem !== undefined) return no(`podman is there (${path}), but starts no container: ${problem}`);
  const info = JSON.parse(result.stdout) as Info;
  return { availability: { available: true, version: info.version?.Version ?? 'unknown' }, info };
}

/** Podman and not the container failed: https://docs.podman.io/en/latest/markdown/podman-run.1.html#exit-status */
const podmanFailed = [125, 126];

/** `podman info` is content where the kernel, the user's rights or the OCI runtime let no container start: so one is tried. */
async function startProblem(exec: Exec): Promise<string | undefined> {
  const options = { env: clientEnvironment(process.env), timeoutMs: answerWithinMs };
  // Apps have files of users beside root, which rootless podman can only keep where it was given a range of user ids.
  const archive = Buffer.concat([
    ...packTar([{ type: 'directory', path: 'home', mode: 0o755, uid: anotherUser, gid: anotherUser }]),
  ]);
  const there = await exec.run({ argv: imageExistsArguments(podman, probeImage), ...options });
  const imported =
    there.exitCode === 0 ? there : await exec.run({ argv: importProbeArguments(podman), input: archive, ...options });
  const { exitCode, stderr } =
    imported.exitCode === 0 ? await exec.run({ argv: probeArguments(podman), ...options }) : imported;
  const failed = imported.exitCode !== 0 || exitCode === null || podmanFailed.includes(exitCode);
  return failed ? stderr.trim().split('\n').at(-1) || 'it does not say why' : undefined;
}
