import { type ExitCode, exitCodes, Failure } from '../domain/failure.ts';
import { SopsError, type SopsErrorCode } from './sops/index.ts';

/** What a person does next, for each way in which a SOPS file can be refused. */
const hints: Readonly<Partial<Record<SopsErrorCode, (file: string) => string>>> = {
  'not-encrypted': (file) => `railiance secrets encrypt --in-place ${file}`,
  'no-matching-key': (file) =>
    `have somebody who can open it run: railiance secrets add-recipient <your public key> --file ${file}`,
  'mac-mismatch': (file) => `compare it with the last good version: git log -p -- ${file}`,
  'mac-missing': (file) => `compare it with the last good version: git log -p -- ${file}`,
  'altered-value': (file) => `compare it with the last good version: git log -p -- ${file}`,
  'malformed-value': (file) => `compare it with the last good version: git log -p -- ${file}`,
  unsupported: () => 'use sops itself on this file',
};

/** Says what was refused as every command says it; other errors pass as they are. */
export function sopsFailure(action: string, file: string, error: unknown): unknown {
  if (!(error instanceof SopsError)) return error;
  const hint = hints[error.code]?.(file);
  const needed = error.code === 'no-matching-key' || error.code === 'unsupported';
  const exitCode: ExitCode = needed ? exitCodes.dependencyMissing : exitCodes.invalidInput;
  return new Failure(action, error.message, { exitCode, cause: error, ...(hint === undefined ? {} : { hint }) });
}
