import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';

import { appFilesRule, readSourceFolder } from './sourceFiles.ts';

/** Hex digits that stand for the content of an app's folder: names, contents, what can be run. */
export async function treeDigest(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, executable, target } of readSourceFolder(directory, appFilesRule()).files) {
    const content = target ?? (await fileDigest(join(directory, path)));
    const kind = target !== undefined ? 'link' : executable ? 'program' : 'file';
    hash.update(JSON.stringify([path, kind, content]));
  }
  return hash.digest('hex');
}

export async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
