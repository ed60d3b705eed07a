import { exitCodes, Failure } from '../../domain/failure.ts';
import type { CommandResult } from '../../exec/exec.ts';
import { neutralise } from '../../exec/neutralise.ts';
import type { Tool } from './workshop.ts';

/**
 * Makes a folder for one build below `$1` (a cache of the user's where that is empty), takes away those that a build left
 * behind a day ago, and looks for the first of the other arguments in PATH. Nix is often in no PATH but that of a login.
 */
export const prepareScript = `
set -eu
base=\${1:-\${XDG_CACHE_HOME:-$HOME/.cache}/railiance/builds}; shift
mkdir -p -- "$base"
find "$base" -mindepth 1 -maxdepth 1 -type d -mtime +1 -exec rm -rf -- {} + || :
directory=$(mktemp -d "$base/XXXXXXXX")
printf '%s\\n' "$directory"
PATH=$PATH:$HOME/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin
for tool; do
  if path=$(command -v "$tool"); then
    printf '%s\\n%s\\n' "$tool" "$path"
    "$path" --version 2>&1 | head -n 1
    exit 0
  fi
done
rmdir -- "$directory"
`;

interface Asked {
  readonly action: string;
  readonly place: string;
  readonly tools: readonly string[];
  readonly otherwise?: string;
}

/** @throws Failure (exit code 6) where there is no folder, or none of the tools */
export function readPrepared(
  { exitCode, stdout, stderr }: CommandResult,
  { action, place, tools, otherwise = 'name another node in [build] nodes' }: Asked,
): { readonly directory: string; readonly tool: Tool } {
  const [directory = '', name = '', path = '', version = ''] = stdout.split('\n');
  const lacks = (problem: string, hint: string) =>
    new Failure(action, problem, { hint, exitCode: exitCodes.dependencyMissing });
  if (!directory.startsWith('/')) {
    const problem = stderr.trim().split('\n').at(-1) || `sh ended with ${exitCode}`;
    throw lacks(`no folder can be made on ${place}: ${problem}`, `look at the home directory on ${place}`);
  }
  if (!path.startsWith('/')) {
    const wanted = tools.length === 1 ? `no ${tools[0]}` : `none of ${tools.join(', ')}`;
    throw lacks(`${place} has ${wanted}`, `install ${tools[0]} there, or ${otherwise}`);
  }
  return { directory, tool: { name, path, version: neutralise(version.trim()).slice(0, 200) || name } };
}
