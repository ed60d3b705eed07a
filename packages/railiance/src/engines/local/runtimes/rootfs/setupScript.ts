import type { HostTools, ToolName } from './hostTools.ts';

export interface SetupPlan {
  /** Real path of the instance's folder: it holds `root`, and what the root is made of. */
  readonly directory: string;
  /** Folders of the layers, the lowest first, stacked below `upper` by overlayfs; absent: `copy` is the root. */
  readonly layers?: readonly string[];
  /** Of overlayfs: whether its marks are attributes that an ordinary user may write. */
  readonly userAttributes: boolean;
  readonly workingDir: string;
  /** Real paths here, absolute paths in the image. */
  readonly volumes: readonly { readonly hostPath: string; readonly path: string }[];
  /** Real paths of files that are copied in: name in the image → path here. */
  readonly files: readonly (readonly [string, string])[];
}

const oldRoot = '/.host';
const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'] as const;
const links = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
] as const;

/**
 * Shell script for process 1 of new mount, pid and IPC namespaces. It puts the image in the place of this machine's root
 * by `pivot_root`, for a root changed by `chroot` can be left again. Paths inside the image are only used after that: its
 * links cannot lead out any more.
 *
 * Then the process becomes the init of the instance: `cat`. It ends with its input, and with it all in the namespace; what
 * is written to it comes back as soon as the setup is done; and it ignores SIGCHLD, so that the kernel reaps what the app
 * has orphaned.
 */
export function setupScript(plan: SetupPlan, tools: HostTools): string {
  const outside = (name: ToolName, ...args: string[]) => [tools.path(name), ...args].map(quote).join(' ');
  const inside = (name: ToolName, ...args: string[]) =>
    [...tools.inside(name, `${oldRoot}/`), ...args].map(quote).join(' ');
  const tmpfs = (path: string, options: string) =>
    inside('mount', '-t', 'tmpfs', '-o', `nosuid,nodev,${options}`, 'tmpfs', path);
  return [
    'set -eu',
    'umask 022',
    `cd ${quote(plan.directory)}`,
    plan.layers
      ? outside('mount', '-t', 'overlay', '-o', overlayOptions(plan), 'overlay', 'root')
      : outside('mount', '--bind', 'copy', 'root'),
    'cd root',
    outside('mkdir', `.${oldRoot}`),
    outside('pivot_root', '.', `.${oldRoot}`),
    inside('mkdir', '-p', '/proc', '/dev', '/tmp', '/etc', plan.workingDir),
    inside('mount', '-t', 'proc', '-o', 'nosuid,nodev,noexec', 'proc', '/proc'),
    inside('mount', '-t', 'tmpfs', '-o', 'nosuid,noexec,mode=755,size=64k', 'tmpfs', '/dev'),
    ...devices.flatMap((name) => [
      `: > /dev/${name}`,
      inside('mount', '--bind', `${oldRoot}/dev/${name}`, `/dev/${name}`),
    ]),
    ...links.map(([target, path]) => inside('ln', '-s', target, path)),
    inside('mkdir', '/dev/shm'),
    tmpfs('/dev/shm', 'noexec,mode=1777'),
    tmpfs('/tmp', 'mode=1777'),
    ...plan.files.flatMap(([path, source]) => [inside('rm', '-rf', path), inside('cp', oldRoot + source, path)]),
    ...plan.volumes.flatMap(({ hostPath, path }) => [
      inside('mkdir', '-p', path),
      inside('mount', '--bind', oldRoot + hostPath, path),
    ]),
    `exec ${inside('env', '--ignore-signal=CHLD', '-C', '/')} ${inside('cat')}`,
  ].join('\n');
}

/**
 * Shell script that takes this machine's root away from the instance. It is run from outside, with that root as current
 * directory: from inside no program could be reached afterwards.
 */
export function finishScript(tools: HostTools): string {
  const commands = [
    [...tools.inside('umount', ''), '-l', oldRoot],
    [...tools.inside('rmdir', ''), oldRoot],
  ];
  return ['set -eu', ...commands.map((argv) => argv.map(quote).join(' '))].join('\n');
}

/** Relative names, since the option knows no other way to write a comma or colon than an escape that kernels differ on. */
function overlayOptions({ layers = [], userAttributes }: SetupPlan): string {
  const lower = layers.map((_layer, level) => `layers/${level}`).reverse();
  return `nosuid,nodev,lowerdir=${lower.join(':')},upperdir=upper,workdir=work${userAttributes ? ',userxattr' : ''}`;
}

function quote(text: string): string {
  return /^[\w./:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
