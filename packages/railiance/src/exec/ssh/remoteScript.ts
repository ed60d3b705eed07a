import { exitCodes, Failure } from '../../domain/failure.ts';
import { revealed } from '../environment.ts';
import type { Command } from '../exec.ts';

/** Exit code and words by which a program that is not there is told from one that fails. */
export const notThere = { exitCode: 127, sign: 'railiance: no such program' } as const;
export const noFolder = { exitCode: 126, sign: 'railiance: no such folder' } as const;

/** Before the number of the session that the program leads there, on standard error. */
export const sessionSign = 'railiance: session ';

export interface RemoteScript {
  /** For the login shell there, whichever it is. */
  readonly remote: string;
  /** What goes before the program's own standard input. */
  readonly prelude: Buffer;
}

/**
 * What runs a command in a POSIX shell of another machine. Folder, environment and arguments travel over standard input:
 * command lines can be read by everybody on both machines.
 */
export function remoteScript({ argv, cwd, env = {} }: Pick<Command, 'argv' | 'cwd' | 'env'>): RemoteScript {
  const [program] = argv;
  const lines = [
    `echo "${sessionSign}$$" >&2`,
    ...Object.entries(revealed(env)).map(([name, value]) => `export ${variable(name)}=${quoted(value)}`),
    ...(cwd === undefined ? [] : [`cd -- ${quoted(cwd)} || { echo ${quoted(noFolder.sign)} >&2; exit 126; }`]),
    // Without `--`, which not every shell's `command` takes: names that begin with a hyphen are refused before.
    `command -v ${quoted(program)} >/dev/null 2>&1 || { echo "${notThere.sign} in PATH ($PATH)" >&2; exit 127; }`,
    `exec ${argv.map(quoted).join(' ')}`,
  ];
  const prelude = Buffer.from(lines.join('\n'));
  // dd reads byte by byte, so that the rest stays for the program.
  const remote = `exec sh -c 'eval "$(dd bs=1 count=${prelude.length} 2>/dev/null)"'`;
  return { remote, prelude };
}

/** One word for a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function variable(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new Failure('set the environment', `${JSON.stringify(name)} cannot be a variable of a shell`, {
    hint: 'names are letters, digits and underscores, and begin with no digit',
    exitCode: exitCodes.invalidInput,
  });
}
