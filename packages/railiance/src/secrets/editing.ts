import { basename } from 'node:path';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type KeySources, openSecretsText } from './openSecrets.ts';
import { createPrivateFile, type PrivateFile } from './privateFile.ts';
import { decryptedText, type OpenedFile, readConflict, replaceText, writeConflict } from './sops/index.ts';
import { sopsFailure } from './sopsFailure.ts';
import { readSecretsFile, replaceSecretsFile, type SecretsText } from './sopsFile.ts';

export interface Editing {
  readonly sources: KeySources;
  /** Lets a person change the file at this path. @returns the editor's exit code */
  readonly edit: (path: string) => Promise<number>;
  /** Asks whether to try again after this problem; false where nobody can be asked. */
  readonly again: (problem: string) => Promise<boolean>;
}

/**
 * Lets a person edit a SOPS file in plain text, in a private file in memory. A file with merge conflicts shows both sides
 * in plain text between the markers.
 * @returns false where nothing was changed
 * @throws Failure where the editor failed or the result makes no sense; the SOPS file is then as it was
 */
export async function editSecrets(file: string, editing: Editing): Promise<boolean> {
  const source = await readSecretsFile(file, editing.sources.cwd);
  const { opened, plain } = await plainSides(source, editing.sources);
  const name = basename(file).replace('.sops.', '.');
  const own = await createPrivateFile(name, plain, editing.sources.env);
  if (!own.inMemory)
    editing.sources.warn(`this machine has no file system in memory: the plain text is at ${own.path} meanwhile`);
  try {
    const text = await editedText(own, opened, plain, editing);
    if (text !== undefined) await replaceSecretsFile(source, text);
    return text !== undefined;
  } catch (error) {
    if (error instanceof Abandoned) throw error.failure();
    if ((await own.read().catch(() => plain)) === plain) throw error;
    // A person's work is never thrown away: what cannot be used stays where only they can read it.
    own.keep();
    throw keptFailure(error, own.path);
  } finally {
    own.shred();
  }
}

/** The text that the person made, encrypted; undefined where it is what it was. */
async function editedText(
  own: PrivateFile,
  opened: OpenedFile,
  plain: string,
  editing: Editing,
): Promise<string | undefined> {
  for (;;) {
    const exitCode = await editing.edit(own.path);
    if (exitCode !== 0) throw new Abandoned(exitCode);
    const text = await own.read();
    if (text === plain && readConflict(plain) === undefined) return undefined;
    try {
      if (/^(<<<<<<<|>>>>>>>)/m.test(text)) throw new Error('conflict markers are left in it');
      return await replaceText(opened, text);
    } catch (error) {
      if (!(await editing.again(problemOf(error)))) throw error;
    }
  }
}

/** What to edit: the plain text, or both sides of a conflict with the markers around what differs. */
async function plainSides(source: SecretsText, sources: KeySources): Promise<{ opened: OpenedFile; plain: string }> {
  const sides = readConflict(source.text);
  if (sides === undefined) {
    const opened = await openSecretsText(source, sources);
    return { opened, plain: decryptedText(opened) };
  }
  const opened = await openSecretsText({ ...source, text: sides.ours }, sources);
  const theirs = await openSecretsText({ ...source, text: sides.theirs }, sources);
  try {
    const plain = { ours: decryptedText(opened), theirs: decryptedText(theirs) };
    return { opened, plain: writeConflict(plain, { ours: 'ours', theirs: 'theirs' }) };
  } catch (error) {
    throw sopsFailure(`decrypt ${source.file}`, source.file, error);
  }
}

/** The editor said that nothing is to come of it. */
class Abandoned extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super();
    this.exitCode = exitCode;
  }

  failure(): Failure {
    return new Failure('edit', `the editor ended with exit code ${this.exitCode}; nothing was changed`, {
      hint: 'set $EDITOR to an editor that waits until the file is closed',
      exitCode: exitCodes.failedAndRolledBack,
    });
  }
}

function keptFailure(error: unknown, path: string): Failure {
  return new Failure('keep what was edited', problemOf(error), {
    hint: `nothing was written; your text is still at ${path}: take what you need and remove it`,
    exitCode: exitCodes.invalidInput,
    cause: error,
  });
}
