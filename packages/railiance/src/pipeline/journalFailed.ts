import { exitCodes, Failure, problemOf } from '../domain/failure.ts';

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an input/output error',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** The journal cannot be written: whatever it was to announce is not done. */
export class JournalFailed extends Failure {
  constructor(file: string, error: unknown) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    const known = code === undefined ? undefined : words[code];
    super('write the journal', `${known === undefined ? problemOf(error) : `${known} (${code})`}: ${file}`, {
      hint: 'mend that; the next command on this app and stage first finishes what was begun',
      exitCode: exitCodes.needsPerson,
      cause: error,
    });
  }
}
