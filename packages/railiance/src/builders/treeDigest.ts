import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

import { fileMode } from './layer.ts';
import { appFilesRule, listSourceFiles } from './sourceFiles.ts';

/** Hex digits that stand for the content of an app's folder: names, contents, what can be run. */
export async function treeDigest(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, source, state, target } of listSourceFiles(directory, appFilesRule())) {
    const content = target ?? (await fileDigest(source));
    hash.update(JSON.stringify([path, target === undefined ? fileMode(state) : 'link', content]));
  }
  return hash.digest('hex');
}

export async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
