import type { Exec } from '../../../exec/exec.ts';
import { findPrograms } from '../../../exec/which.ts';
import { clientEnvironment, docker } from './container/commands.ts';
import { containerRuntime } from './container/containerRuntime.ts';
import type { Availability, Runtime } from './runtime.ts';

/** The engine answers from a socket of this machine; a client that waits longer has nobody to talk to. */
const answerWithinMs = 900;

interface Info {
  readonly ServerVersion?: string;
  readonly MemoryLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
}

export function dockerRuntime(exec: Exec): Runtime {
  let asked: Promise<{ availability: Availability; info: Info }> | undefined;
  const ask = () => (asked ??= askEngine(exec));
  return containerRuntime({
    exec,
    dialect: docker,
    available: async () => (await ask()).availability,
    cannotGive: async (resources) => {
      const { info } = await ask();
      return [
        ...(resources.memoryBytes !== undefined && info.MemoryLimit === false
          ? ['the memory limit is not kept: the kernel of the docker engine cannot']
          : []),
        ...(resources.cpus !== undefined && info.CpuCfsQuota === false
          ? ['the limit of processors is not kept: the kernel of the docker engine cannot']
          : []),
      ];
    },
  });
}

async function askEngine(exec: Exec): Promise<{ availability: Availability; info: Info }> {
  const [path] = findPrograms('docker');
  if (path === undefined)
    return { availability: { available: false, why: 'there is no docker on this machine' }, info: {} };
  const { exitCode, stdout } = await exec.run({
    argv: [path, 'info', '--format', '{{json .}}'],
    env: clientEnvironment(process.env),
    timeoutMs: answerWithinMs,
  });
  const info = parse(stdout);
  if (exitCode === 0 && info.ServerVersion)
    return { availability: { available: true, version: info.ServerVersion }, info };
  return {
    availability: {
      available: false,
      why: `the docker client is there (${path}), but its engine does not answer`,
      hint: 'start the docker engine, or see "docker info"',
    },
    info,
  };
}

function parse(text: string): Info {
  try {
    return JSON.parse(text) as Info;
  } catch {
    return {};
  }
}
