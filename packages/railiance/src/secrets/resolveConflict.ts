import { exitCodes, Failure } from '../domain/failure.ts';
import { type KeySources, openSecretsText } from './openSecrets.ts';
import { readConflict } from './sops/index.ts';
import { readSecretsFile, replaceSecretsFile } from './sopsFile.ts';

/**
 * Settles every conflict of a file by one side, after that side was opened and found genuine.
 * @throws Failure where the file has no conflict, or the side is no genuine file
 */
export async function resolveConflict(file: string, side: 'ours' | 'theirs', sources: KeySources): Promise<void> {
  const source = await readSecretsFile(file, sources.cwd);
  const sides = readConflict(source.text);
  if (sides === undefined) {
    throw new Failure(`settle the conflict in ${file}`, 'there are no conflict markers in it', {
      hint: `git checkout --merge -- ${file} brings a conflict back`,
      exitCode: exitCodes.invalidInput,
    });
  }
  await openSecretsText({ ...source, text: sides[side] }, sources);
  await replaceSecretsFile(source, sides[side]);
}
