import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';

const script = /\.[cm]?[jt]sx?$/;
/** Options of Node that are followed by a file of their own. */
const withFile = new Set(['-r', '--require', '--import', '--loader', '--experimental-loader', '--env-file']);

/**
 * The files that a bundle begins with: those that app.toml names, else the ones that the given commands run with Node.
 * Relative to the app's folder, in order, each once.
 * @throws Failure (invalid input) where there is none
 */
export function bundleEntries(
  directory: string,
  named: boolean | readonly string[],
  commands: readonly (readonly string[] | undefined)[],
): string[] {
  const found = typeof named === 'boolean' ? commands.flatMap((words) => fileOf(directory, words ?? []) ?? []) : named;
  const entries = [...new Set(found.map((path) => posix.normalize(path)))].sort();
  const missing = entries.find((path) => !existsSync(join(directory, path)));
  if (entries.length > 0 && missing === undefined) return entries;
  throw new Failure('bundle the app', missing === undefined ? 'no file starts it' : `${directory} has no ${missing}`, {
    hint: 'name the files to begin with: [build.node] bundle = ["src/server.js"]',
    exitCode: exitCodes.invalidInput,
  });
}

function fileOf(directory: string, words: readonly string[]): string | undefined {
  return words.find(
    (word, at) =>
      script.test(word) &&
      !word.startsWith('-') &&
      !word.startsWith('/') &&
      !withFile.has(words[at - 1] ?? '') &&
      existsSync(join(directory, word)),
  );
}
