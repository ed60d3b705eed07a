import { findPrograms } from './which.ts';

let prefix: readonly string[] | undefined;

/**
 * What to put before a program so that the kernel kills it when this process dies, SIGKILL included. util-linux's
 * `setpriv` sets that and becomes the program: same process, same id. Empty where there is no such tool.
 */
export function dieWithParent(): readonly string[] {
  if (process.platform !== 'linux') return [];
  prefix ??= findPrograms('setpriv')
    .slice(0, 1)
    .flatMap((setpriv) => [setpriv, '--pdeathsig', 'KILL', '--']);
  return prefix;
}
