import { exitCodes, Failure } from '../domain/failure.ts';

interface Words {
  readonly problem: string;
  readonly hint: string;
}

const elsewhere =
  'give it a folder that can be written; RAILIANCE_HOME names the one for state, and railiance doctor looks at it';
const full = { problem: 'the disk is full', hint: 'make room, or set RAILIANCE_HOME to a folder on another disk' };
const notAllowed = { problem: 'this user may not', hint: elsewhere };
const files = { problem: 'too many files are open', hint: 'ulimit -n 65536, then the same command again' };

/** What the machine refuses, by the system's own names. */
const refusals: Readonly<Record<string, Words>> = {
  ENOSPC: full,
  EDQUOT: full,
  EROFS: { problem: 'the file system is read-only', hint: elsewhere },
  EACCES: notAllowed,
  EPERM: notAllowed,
  EMFILE: files,
  ENFILE: files,
  EIO: { problem: 'the disk cannot be read or written', hint: 'dmesg says what the disk answered' },
};

/** Node reports a folder that cannot be made in a read-only one by the absence of the new one. */
const noFolder: Words = { problem: 'no folder can be made there', hint: elsewhere };

/** An error of the system that is the machine's doing as a Failure; any other, which is a mistake of ours, as it is. */
export function machineProblem(error: unknown, command: string): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const { code = '', syscall, message } = error as NodeJS.ErrnoException;
  const words = code === 'ENOENT' && syscall === 'mkdir' ? noFolder : refusals[code];
  if (!words) return error;
  return new Failure(`railiance ${command}`, `${words.problem} (${message})`, {
    hint: words.hint,
    exitCode: exitCodes.dependencyMissing,
    cause: error,
  });
}
