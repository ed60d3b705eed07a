import { plainEntries } from './merge.ts';
import type { OpenedFile } from './open.ts';
import { sameScalar } from './scalar.ts';

/** What happened to one name between two versions of a file. */
export interface NameChange {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
}

/** Compares values, not ciphertexts. Names only: nothing of a value is in the answer. */
export function compareSops(before: OpenedFile, after: OpenedFile): readonly NameChange[] {
  const [old, fresh] = [plainEntries(before), plainEntries(after)];
  return [...new Set([...fresh.keys(), ...old.keys()])].flatMap((name): NameChange[] => {
    const [was, is] = [old.get(name), fresh.get(name)];
    if (was === undefined) return [{ name, change: 'added' }];
    if (is === undefined) return [{ name, change: 'removed' }];
    return sameScalar(was.scalar, is.scalar) ? [] : [{ name, change: 'changed' }];
  });
}
