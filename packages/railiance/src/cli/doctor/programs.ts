import { realpath } from 'node:fs/promises';

import { dockerfileTools } from '../../builders/dockerfile/commands.ts';
import type { Exec } from '../../exec/exec.ts';
import { type DoctorCheck, defineDoctorCheck } from './doctorCheck.ts';

/** A program of the user's own. Which one runs is shown with its path: another of that name may come earlier in PATH. */
function programCheck(name: string, neededFor: string, hint: string, versionArguments: readonly string[]): DoctorCheck {
  return defineDoctorCheck({
    name,
    neededFor,
    async look({ exec }) {
      const summary = await shown(exec, name, versionArguments);
      return summary === undefined ? { works: false, summary: 'not in PATH', hint } : { works: true, summary };
    },
  });
}

/** Several programs of which one is enough, the one that is taken first. */
function anyProgramCheck(name: string, programs: readonly string[], neededFor: string, hint: string): DoctorCheck {
  return defineDoctorCheck({
    name,
    neededFor,
    async look({ exec }) {
      const found = await Promise.all(programs.map((program) => shown(exec, program, ['--version'])));
      const [summary, ...details] = found.filter((line) => line !== undefined);
      if (summary !== undefined) return { works: true, summary, details };
      return { works: false, summary: `none of ${programs.join(', ')} in PATH`, hint };
    },
  });
}

/** Version and path, and what it hides; undefined where there is no such program. */
async function shown(exec: Exec, name: string, versionArguments: readonly string[]): Promise<string | undefined> {
  const { describeProgram } = await import('../../exec/which.ts');
  const found = await describeProgram(exec, name, versionArguments);
  if (!found) return undefined;
  const hidden = await othersOf(found.path, found.shadowed);
  return `${found.version}, ${found.path}${hidden.length > 0 ? ` (hides ${hidden.join(', ')})` : ''}`;
}

/** Those that are not the same file by another way: /bin is often a link to /usr/bin. */
async function othersOf(path: string, candidates: readonly string[]): Promise<readonly string[]> {
  const own = await realpath(path);
  const real = await Promise.all(candidates.map(async (other) => ({ other, file: await realpath(other) })));
  return real.filter(({ file }) => file !== own).map(({ other }) => other);
}

export const programChecks: readonly DoctorCheck[] = [
  programCheck('git', 'naming a version by its commit', 'install git', ['--version']),
  anyProgramCheck('dockerfile', dockerfileTools, 'building from a Dockerfile', 'install buildah, podman or docker'),
  programCheck('nix', 'building a flake on this machine', 'install nix, or name a node with it in [build] nodes', [
    '--version',
  ]),
  programCheck('ssh', 'nodes of a blueprint on other machines', 'install the OpenSSH client', ['-V']),
  programCheck('helm', 'stages on Kubernetes', 'install Helm 3.17 or newer: https://helm.sh', ['version', '--short']),
  programCheck('sops', 'editing secrets with SOPS itself; railiance reads its files alone', 'install sops', [
    '--version',
    '--disable-version-check',
  ]),
];
