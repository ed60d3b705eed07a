import type { Exec } from '../../../../exec/exec.ts';
import { closeInheritedFiles } from '../../../../exec/inheritedFiles.ts';
import { findHostTools } from './hostTools.ts';
import { startInNamespaces } from './namespaces.ts';
import { appUser } from './ownership.ts';
import { probeSandbox } from './probe.ts';
import type { SandboxMaker, Unavailable } from './sandbox.ts';

/** The best way to sandbox on this machine, tried for real. */
export async function findSandboxMaker(exec: Exec, directory: string): Promise<SandboxMaker | Unavailable> {
  if (process.platform !== 'linux') return { why: `it needs Linux, and this is ${process.platform}` };
  const tools = findHostTools();
  if ('missing' in tools) {
    return { why: `this machine has no ${tools.missing.join(', ')}`, hint: 'install util-linux and coreutils' };
  }
  closeInheritedFiles();
  const options = { exec, tools, user: appUser };
  const start: SandboxMaker['start'] = (spec) => startInNamespaces(spec, options);
  const { stdout } = await exec.run({ argv: [tools.path('unshare'), '--version'], timeoutMs: 5_000 });
  const version = stdout.trim().replace(/^.* from /, '');
  if ((await probeSandbox(directory, start, true)) === undefined) {
    return { version: `${version}, overlayfs`, stacksLayers: true, start };
  }
  const problem = await probeSandbox(directory, start, false);
  if (problem === undefined) return { version: `${version}, copies`, stacksLayers: false, start };
  return problem;
}
