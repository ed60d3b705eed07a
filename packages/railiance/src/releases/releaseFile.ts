import { createHash } from 'node:crypto';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import { type Release, releaseSchema } from '../domain/release.ts';

/** A release with the number of the lease it was written under. */
export interface StoredRelease {
  readonly release: Release;
  readonly fencing: number;
}

/** The text of a release's file: the record, and a checksum that shows any later change. */
export function serialiseRelease(release: Release, fencing: number): string {
  return `${JSON.stringify({ release, fencing, sha256: checksum(release, fencing) }, null, 2)}\n`;
}

/** @throws Failure (needs a person) naming the file where it is not as it was written */
export function parseRelease(
  text: string,
  { target, number, file }: { readonly target: Target; readonly number: number; readonly file: string },
): StoredRelease {
  try {
    const { release, fencing, sha256 } = JSON.parse(text) as StoredRelease & { readonly sha256?: unknown };
    if (release?.schema !== releaseSchema) {
      throw new Error(`its schema is ${JSON.stringify(release?.schema)}, not ${releaseSchema}`);
    }
    if (checksum(release, fencing) !== sha256) throw new Error('its checksum does not match');
    if (release.app !== target.app || release.stage !== target.stage || release.number !== number) {
      throw new Error(`it is the record of ${targetLabel(release)} number ${release.number}`);
    }
    return { release, fencing };
  } catch (error) {
    throw new Failure(`read release ${number} of ${targetLabel(target)}`, `${file} is damaged: ${problemOf(error)}`, {
      hint: 'restore that file from a backup',
      exitCode: exitCodes.needsPerson,
      cause: error,
    });
  }
}

function checksum(release: Release, fencing: number): string {
  return createHash('sha256').update(JSON.stringify({ release, fencing })).digest('hex');
}
