import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Descriptor, type Digest, isDigest, type LayerMemory } from '../oci/index.ts';

/** Some 5,000 layers; beyond it the file starts anew, since the latest are what matters. */
const maxBytes = 1024 * 1024;

/**
 * Layers pushed from this machine, a file of JSON lines for each repository. It may be lost or damaged at any time: a line
 * that is no layer is passed over.
 */
export function layerFile(directory: string, repository: string): LayerMemory {
  const name = createHash('sha256').update(repository).digest('hex').slice(0, 32);
  const file = join(directory, `${name}.jsonl`);
  return {
    async known() {
      const text = await readFile(file, 'utf8').catch(() => '');
      return new Map(text.split('\n').flatMap(layerOf));
    },
    async keep({ diffId, digest, size, mediaType }) {
      const line = `${JSON.stringify([diffId, { mediaType, digest, size }])}\n`;
      // What cannot be kept is looked up the next time.
      await mkdir(directory, { recursive: true })
        .then(async () => {
          const { size: sizeBytes } = await stat(file).catch(() => ({ size: 0 }));
          await (sizeBytes > maxBytes ? writeFile(file, line) : appendFile(file, line));
        })
        .catch(() => undefined);
    },
  };
}

function layerOf(line: string): [Digest, Descriptor][] {
  try {
    const [diffId, { mediaType, digest, size }] = JSON.parse(line);
    const sound = isDigest(diffId) && isDigest(digest) && typeof mediaType === 'string' && Number.isSafeInteger(size);
    return sound ? [[diffId, { mediaType, digest, size }]] : [];
  } catch {
    return [];
  }
}
