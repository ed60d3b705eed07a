import { resolve } from 'node:path';

import { Failure } from '../domain/failure.ts';
import { type KeySources, openSecretsText } from './openSecrets.ts';
import { addressLabel, mergeSops, writeConflict } from './sops/index.ts';
import { sopsFailure } from './sopsFailure.ts';
import { formatOf, readText, replaceSecretsFile } from './sopsFile.ts';

export interface MergeRequest {
  /** Git's %O, %A, %B: the common ancestor (empty where both added the file), ours (also the result), theirs. */
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  /** Git's %P: the path in the repository, which says the format and stands in messages. */
  readonly path: string;
}

/**
 * Merges three versions of a SOPS file by key, and writes the result over ours: encrypted, or encrypted on both sides of
 * conflict markers.
 * @returns labels of the conflicts; none for a clean merge
 * @throws Failure where a version cannot be opened; ours is left as it is
 */
export async function mergeFiles(
  { base, ours, theirs, path }: MergeRequest,
  sources: KeySources,
): Promise<readonly string[]> {
  const format = formatOf(path);
  const [baseText, oursText, theirsText] = await Promise.all(
    [base, ours, theirs].map((file) => readText(resolve(sources.cwd ?? '.', file), file)),
  );
  const open = async (side: string, text = '') => {
    try {
      return await openSecretsText({ file: `${side} version of ${path}`, text, format }, sources);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const hint = `merge ${path} by hand: railiance secrets decrypt shows each version`;
      throw new Failure(error.action, error.problem, { ...error, hint: error.hint ?? hint, exitCode: error.exitCode });
    }
  };
  const before = baseText?.trim() ? await open('the common', baseText) : undefined;
  const [mine, other] = [await open('our', oursText), await open('their', theirsText)];
  try {
    const merged = await mergeSops(before, mine, other);
    const text = writeConflict(merged, { ours: 'ours', theirs: 'theirs' });
    await replaceSecretsFile({ file: ours, path: resolve(sources.cwd ?? '.', ours), text: oursText ?? '' }, text);
    return merged.conflicts.map(addressLabel);
  } catch (error) {
    throw sopsFailure(`merge ${path} by its keys`, path, error);
  }
}
