import type { ImageProcess } from '../imageProcess.ts';
import type { HostTools } from './hostTools.ts';
import { finishScript } from './setupScript.ts';

/**
 * Variables by which the image could have code of its own run, or data read, by the tools that start it while these still
 * have rights. The last tool, which has none any more, sets them by its arguments: others see these for a moment.
 */
const misleadsTools = /^(LD_|GLIBC_|MALLOC_|GCONV_PATH$|LOCPATH$|NLSPATH$)/;

export function environmentFor(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !misleadsTools.test(name)));
}

/** The rest of it. */
export function misleadingEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => misleadsTools.test(name)));
}

/**
 * Starts process 1 of the namespaces. An ordinary user gets a user namespace first, and in it the right to the others;
 * root makes them as it is.
 *
 * `--kill-child` and the parent-death signal hold the chain together: if this process dies, so does process 1, and with it
 * everything in its namespace. The signal is set after the user namespace, whose making clears it.
 */
export function initCommand(tools: HostTools, script: string, root: boolean): readonly [string, ...string[]] {
  const own = root ? [] : [tools.path('unshare'), '--user', '--map-root-user', '--'];
  const [first = '', ...rest] = [
    ...own,
    ...[tools.path('setpriv'), '--pdeathsig', 'KILL', '--'],
    ...[tools.path('unshare'), '--mount', '--pid', '--ipc', '--fork', '--kill-child=KILL', '--'],
    ...[tools.path('sh'), '-c', script],
  ];
  return [first, ...rest];
}

/**
 * Enters the namespaces of `init`. `--wd=/` is opened before that: the current directory stays this machine's root, and
 * through it tools are found that the image does not have.
 */
function enter(tools: HostTools, init: number, user: number | undefined): readonly [string, ...string[]] {
  const own = user === undefined ? ['--user', '--preserve-credentials'] : [];
  return [tools.path('nsenter'), '--target', String(init), ...own, '--mount', '--pid', '--ipc', '--wd=/', '--'];
}

export function finishCommand(
  tools: HostTools,
  init: number,
  user: number | undefined,
): readonly [string, ...string[]] {
  return [...enter(tools, init, user), ...tools.inside('sh', ''), '-c', finishScript(tools)];
}

/**
 * Starts the app beside process 1: as no init, so that SIGTERM ends it whether it has a handler or not.
 *
 * Each tool starts the next through the current directory, which `env -C` leaves, last of all. Before that the app gets a
 * user namespace of its own, in which its user is the image's, and loses all capabilities and the way to new ones.
 * @param user this machine's user whom the app is, where this process is root
 */
export function appCommand(
  tools: HostTools,
  init: number,
  { argv, env, workingDir, uid, gid }: ImageProcess,
  user: number | undefined,
): readonly [string, ...string[]] {
  const become = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--'];
  return [
    ...enter(tools, init, user),
    ...(user === undefined ? [] : [...tools.inside('setpriv', ''), ...become]),
    ...[...tools.inside('unshare', ''), '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--keep-caps', '--'],
    ...[...tools.inside('setpriv', ''), '--no-new-privs', '--ambient-caps=-all', '--inh-caps=-all'],
    ...['--bounding-set=-all', '--', ...tools.inside('env', ''), '-C', workingDir],
    ...Object.entries(misleadingEnvironment(env)).map(([name, value]) => `${name}=${value}`),
    ...argv,
  ];
}
