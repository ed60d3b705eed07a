import type { Digest } from '../../../../domain/artifact.ts';
import { exitCodes, Failure } from '../../../../domain/failure.ts';
import type { RuntimeSpec } from '../runtime.ts';

/** The words in which container engines differ. */
export interface Dialect {
  readonly name: 'docker' | 'podman';
  /** Removes a container, running or not, at once. */
  readonly removeOptions: readonly string[];
}

export const docker: Dialect = { name: 'docker', removeOptions: ['--force', '--volumes'] };
export const podman: Dialect = { name: 'podman', removeOptions: ['--force', '--volumes', '--time', '0'] };

const label = 'dev.railiance.instance';

/** These go by value: the client needs its own. They are no secrets. */
const givenByValue = new Set(['PATH', 'HOME', 'LANG', 'TMPDIR']);

/** Variables by which the clients themselves find their engine, configuration and libraries. */
const clientVariable = /^(DOCKER_|BUILDKIT_|CONTAINERS?_|PODMAN_|REGISTRY_AUTH_FILE$|XDG_|DBUS_|LD_|SSH_|_CONTAINERS_)/;

/** Of this process's environment, what the client needs. */
export function clientEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(own).filter(
    ([name]) => givenByValue.has(name) || (/^(?!LD_)/.test(name) && clientVariable.test(name)),
  );
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * The environment of the client that starts the app: the app's variables are passed by name, so that no value is in any
 * argument.
 * @throws Failure (exit code 2) for a variable that would mislead the client
 */
export function runEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  env: RuntimeSpec['env'],
): Record<string, string> {
  const misleading = Object.keys(env).find((name) => clientVariable.test(name));
  if (misleading !== undefined) {
    throw new Failure('run the container', `the app's variable ${misleading} would mislead the container client`, {
      hint: 'name it otherwise, or set [run] runtime = "rootfs"',
      exitCode: exitCodes.invalidInput,
    });
  }
  return { ...env, ...clientEnvironment(own) };
}

/** In the foreground: the client passes the streams on, and ends as the container ends. */
export function runArguments({ name }: Dialect, image: string, spec: RuntimeSpec): readonly [string, ...string[]] {
  const { memoryBytes, cpus } = spec.resources;
  const [entryPoint, ...args] = spec.command ?? [];
  return [
    name,
    'run',
    ...['--name', containerName(spec.id), '--label', `${label}=${spec.id}`],
    // As process 1 an app without a handler would not end at SIGTERM, and what it orphans would not be reaped.
    ...['--init', '--network', 'host', '--pull', 'never', '--log-driver', 'none'],
    ...['--security-opt', 'no-new-privileges'],
    ...(memoryBytes === undefined ? [] : ['--memory', `${memoryBytes}b`, '--memory-swap', `${memoryBytes}b`]),
    ...(cpus === undefined ? [] : ['--cpus', String(cpus)]),
    ...spec.volumes.flatMap(({ hostPath, path }) => ['--mount', mount(hostPath, path)]),
    ...Object.entries(spec.env).flatMap(([key, value]) => ['--env', givenByValue.has(key) ? `${key}=${value}` : key]),
    ...(spec.stdin ? ['--interactive'] : []),
    ...(entryPoint === undefined ? [] : ['--entrypoint', entryPoint]),
    image,
    ...args,
  ];
}

export function loadArguments({ name }: Dialect): readonly [string, ...string[]] {
  return [name, 'load', '--quiet'];
}

export function imageExistsArguments({ name }: Dialect, image: string): readonly [string, ...string[]] {
  return [name, 'image', 'inspect', '--format', '{{.Id}}', image];
}

export function signalArguments({ name }: Dialect, id: string, signal: string): readonly [string, ...string[]] {
  return [name, 'kill', '--signal', signal, containerName(id)];
}

/** JSON of the state: `Pid`, `Running`, `ExitCode`, `OOMKilled`. */
export function stateArguments({ name }: Dialect, id: string): readonly [string, ...string[]] {
  return [name, 'container', 'inspect', '--format', '{{json .State}}', containerName(id)];
}

/** Lists what processes have open as podman's root, which of a container started without root rights nobody else may. */
export function openFilesArguments(pids: readonly number[]): readonly [string, ...string[]] {
  return [podman.name, 'unshare', 'ls', '-l', '--', ...pids.map((pid) => `/proc/${pid}/fd`)];
}

export function removeArguments({ name, removeOptions }: Dialect, id: string): readonly [string, ...string[]] {
  return [name, 'rm', ...removeOptions, containerName(id)];
}

export function leftoverArguments({ name }: Dialect, id: string): readonly [string, ...string[]] {
  return [name, 'ps', '--all', '--quiet', '--filter', `label=${label}=${id}`];
}

/** Of an image with nothing to run, that only shows whether containers can be started. */
export const probeImage = 'localhost/railiance-probe:2';

export function importProbeArguments({ name }: Dialect): readonly [string, ...string[]] {
  return [name, 'import', '--quiet', '-', probeImage];
}

/** As `runArguments`, for a program that the image does not have. */
export function probeArguments({ name }: Dialect): readonly [string, ...string[]] {
  const options = ['--rm', '--init', '--network', 'host', '--pull', 'never', '--log-driver', 'none'];
  return [name, 'run', ...options, probeImage, '/nothing'];
}

/** By config digest, so that an image is loaded once, whatever its tags. */
export function imageName(configDigest: Digest): string {
  return `localhost/railiance:${configDigest.slice('sha256:'.length)}`;
}

export function containerName(id: string): string {
  return `railiance-${id}`;
}

/** Comma-separated values, as the clients read them: https://docs.docker.com/engine/storage/bind-mounts/ */
function mount(source: string, target: string): string {
  return ['type=bind', `source=${source}`, `target=${target}`].map(csvField).join(',');
}

function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
