import { readFileSync } from 'node:fs';

const magic = 'glibc-ld.so.cache1.1';
const headerBytes = 48;
const entryBytes = 24;

/**
 * Paths of the libraries that `ldconfig` knows, by their names, best first. Those for special processors are left out: an
 * image is for every machine of its architecture. Empty where there is no such cache (musl) or it has another form.
 * https://sourceware.org/git/?p=glibc.git;a=blob;f=sysdeps/generic/dl-cache.h
 */
export function readLoaderCache(file = '/etc/ld.so.cache'): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, string[]>();
  const cache = bytesOf(file);
  // An older cache may stand before it in the same file.
  const start = cache.indexOf(magic);
  if (start < 0 || start + headerBytes > cache.length) return paths;

  const count = Math.min(cache.readUInt32LE(start + 20), Math.floor((cache.length - start - headerBytes) / entryBytes));
  for (let index = 0; index < count; index++) {
    const at = start + headerBytes + index * entryBytes;
    if (cache.readBigUInt64LE(at + 16) !== 0n) continue;
    const name = textAt(cache, start + cache.readUInt32LE(at + 4));
    const path = textAt(cache, start + cache.readUInt32LE(at + 8));
    // Of a cache that is damaged.
    if (name === '' || path === '') continue;
    const known = paths.get(name);
    if (known === undefined) paths.set(name, [path]);
    else known.push(path);
  }
  return paths;
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

function textAt(buffer: Buffer, start: number): string {
  const end = buffer.indexOf(0, start);
  return end < 0 ? '' : buffer.toString('utf8', start, end);
}
