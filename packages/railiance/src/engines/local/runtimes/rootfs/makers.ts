import type { Exec } from '../../../../exec/exec.ts';
import { closeInheritedFiles } from '../../../../exec/inheritedFiles.ts';
import { findPrograms } from '../../../../exec/which.ts';
import { startInBubblewrap } from './bubblewrap.ts';
import { findHostTools } from './hostTools.ts';
import { startInNamespaces } from './namespaces.ts';
import { appUser } from './ownership.ts';
import { probeSandbox } from './probe.ts';
import type { SandboxMaker, Unavailable } from './sandbox.ts';

/**
 * The best way to sandbox on this machine, each tried for real: util-linux where layers can be stacked, for then an
 * instance is there in no time and takes no room; else bubblewrap, else util-linux, with a copy for each instance.
 */
export async function findSandboxMaker(exec: Exec, directory: string): Promise<SandboxMaker | Unavailable> {
  if (process.platform !== 'linux') return { why: `it needs Linux, and this is ${process.platform}` };
  closeInheritedFiles();
  const stacked = await namespacesMaker(exec, directory, true);
  if ('version' in stacked) return stacked;
  const bubblewrap = await bubblewrapMaker(exec, directory);
  if ('version' in bubblewrap) return bubblewrap;
  return namespacesMaker(exec, directory, false);
}

export async function namespacesMaker(
  exec: Exec,
  directory: string,
  stacksLayers: boolean,
): Promise<SandboxMaker | Unavailable> {
  const tools = findHostTools();
  if ('missing' in tools) {
    return { why: `this machine has no ${tools.missing.join(', ')}`, hint: 'install util-linux and coreutils' };
  }
  const start: SandboxMaker['start'] = (spec) => startInNamespaces(spec, { exec, tools, user: appUser });
  // What \`env\` ends with where it finds no program of the name.
  const reached = (exitCode: number): boolean => exitCode === 127;
  const problem = await probeSandbox(directory, start, { stack: stacksLayers, reached });
  if (problem !== undefined) return problem;
  const version = await versionOf(exec, tools.path('unshare'));
  return { version: `${version}, ${stacksLayers ? 'overlayfs' : 'copies'}`, stacksLayers, start };
}

/** For ordinary users: run by root, it would give the app root's own user on this machine. */
export async function bubblewrapMaker(exec: Exec, directory: string): Promise<SandboxMaker | Unavailable> {
  const [program] = findPrograms('bwrap');
  if (program === undefined) return { why: 'there is no bubblewrap on this machine', hint: 'install bubblewrap' };
  if (appUser !== undefined) return { why: 'bubblewrap is not used as root' };
  const start: SandboxMaker['start'] = (spec) => startInBubblewrap(program, spec);
  const reached = (_exitCode: number, said: readonly string[]): boolean =>
    said.some((line) => line.startsWith('bwrap: execvp'));
  const problem = await probeSandbox(directory, start, { stack: false, reached });
  return problem ?? { version: `${await versionOf(exec, program)}, copies`, stacksLayers: false, start };
}

async function versionOf(exec: Exec, program: string): Promise<string> {
  const { stdout } = await exec.run({ argv: [program, '--version'], timeoutMs: 5_000 });
  return stdout.trim().replace(/^.* from /, '');
}
