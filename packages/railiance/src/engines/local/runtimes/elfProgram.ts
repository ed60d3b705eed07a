import { closeSync, openSync, readSync } from 'node:fs';

const interpreterSegment = 3;
const longestPath = 4096;

/** What a file is to the kernel when it is executed. */
export type ProgramKind =
  | {
      readonly kind: 'elf' /** The dynamic loader it asks for; absent: it needs none. */;
      readonly interpreter?: string;
    }
  | { readonly kind: 'script' /** After `#!`. */; readonly line: string }
  | { readonly kind: 'other' };

/** Reads the beginning of a program. https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html */
export function programKind(file: string): ProgramKind {
  const handle = openSync(file, 'r');
  try {
    const read = (offset: number, size: number): Buffer => {
      const buffer = Buffer.alloc(size);
      return buffer.subarray(0, readSync(handle, buffer, 0, size, offset));
    };
    const start = read(0, 256);
    if (start.toString('latin1', 0, 2) === '#!') {
      return { kind: 'script', line: start.toString('utf8', 2).split('\n')[0]?.trim() ?? '' };
    }
    // 64 bits, little end first: what Node is made for.
    const isElf = start.length >= 64 && start.toString('latin1', 0, 6) === '\x7fELF\x02\x01';
    return isElf ? { kind: 'elf', ...interpreterOf(start, read) } : { kind: 'other' };
  } finally {
    closeSync(handle);
  }
}

function interpreterOf(header: Buffer, read: (offset: number, size: number) => Buffer): { interpreter?: string } {
  const entrySize = header.readUInt16LE(54);
  const table = read(Number(header.readBigUInt64LE(32)), entrySize * header.readUInt16LE(56));
  for (let at = 0; at + 56 <= table.length && entrySize >= 56; at += entrySize) {
    if (table.readUInt32LE(at) !== interpreterSegment) continue;
    const size = Math.min(longestPath, Number(table.readBigUInt64LE(at + 32)));
    const text = read(Number(table.readBigUInt64LE(at + 8)), size).toString('utf8');
    return { interpreter: text.replace(/\0.*$/s, '') };
  }
  return {};
}
