import { closeSync, openSync, readSync } from 'node:fs';

/** What the dynamic loader reads of a program or a library. */
export interface Elf {
  /** `e_machine`: 62 is x86-64, 183 is AArch64. */
  readonly machine: number;
  /** Path of the dynamic loader; only programs name one. */
  readonly interpreter?: string;
  /** Names of the libraries it needs. */
  readonly needed: readonly string[];
  /** Folders to search first, `$ORIGIN` not yet replaced. */
  readonly runPath: readonly string[];
}

const programHeader = { load: 1, dynamic: 2, interpreter: 3 } as const;
const dynamicTag = { end: 0, needed: 1, stringTable: 5, rpath: 15, runpath: 29 } as const;
const maxSegmentBytes = 1024 * 1024;
const maxTextBytes = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/**
 * Undefined where the file is not a 64-bit little-endian ELF file, or a damaged one.
 * https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
export function readElf(file: string): Elf | undefined {
  const handle = openSync(file, 'r');
  try {
    return parseElf((offset, bytes) => {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(handle, buffer, 0, bytes, offset));
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    closeSync(handle);
  }
}

type Read = (offset: number, bytes: number) => Buffer;

function parseElf(read: Read): Elf | undefined {
  const header = read(0, 64);
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1)
    return undefined;
  const segments = readSegments(read, header);
  const texts = segments.filter(({ type }) => type === programHeader.interpreter);
  const dynamic = segments.find(({ type }) => type === programHeader.dynamic);
  const entries = dynamic === undefined ? [] : readDynamic(read, dynamic);
  const table = entries.find(({ tag }) => tag === dynamicTag.stringTable);
  const tableOffset = table === undefined ? 0 : fileOffset(segments, table.value);

  const textsOf = (wanted: number) =>
    entries.filter(({ tag }) => tag === wanted).map(({ value }) => readText(read, tableOffset + value));
  const paths = textsOf(dynamicTag.runpath);
  return {
    machine: header.readUInt16LE(18),
    ...(texts[0] === undefined ? {} : { interpreter: readText(read, texts[0].offset) }),
    needed: textsOf(dynamicTag.needed),
    // The older DT_RPATH counts only where there is no DT_RUNPATH.
    runPath: (paths.length > 0 ? paths : textsOf(dynamicTag.rpath)).flatMap((path) => path.split(':')).filter(Boolean),
  };
}

function readSegments(read: Read, header: Buffer): Segment[] {
  const start = position(header, 32);
  const entryBytes = header.readUInt16LE(54);
  const table = read(start, Math.min(entryBytes * header.readUInt16LE(56), maxSegmentBytes));
  const segments: Segment[] = [];
  for (let at = 0; entryBytes > 0 && at + entryBytes <= table.length; at += entryBytes) {
    segments.push({
      type: table.readUInt32LE(at),
      offset: position(table, at + 8),
      address: position(table, at + 16),
      bytes: position(table, at + 32),
    });
  }
  return segments;
}

function readDynamic(read: Read, { offset, bytes }: Segment): { tag: number; value: number }[] {
  const table = read(offset, Math.min(bytes, maxSegmentBytes));
  const entries: { tag: number; value: number }[] = [];
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = position(table, at);
    if (tag === dynamicTag.end) break;
    entries.push({ tag, value: position(table, at + 8) });
  }
  return entries;
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const home = segments.find(
    (segment) =>
      segment.type === programHeader.load && address >= segment.address && address < segment.address + segment.bytes,
  );
  if (home === undefined) throw new RangeError('an address outside every segment');
  return address - home.address + home.offset;
}

/** Offsets and addresses are 64 bits wide; those of real files fit a double. */
function position(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}

function readText(read: Read, offset: number): string {
  const bytes = read(offset, maxTextBytes);
  const end = bytes.indexOf(0);
  if (end < 0) throw new RangeError('a text without an end');
  return bytes.toString('utf8', 0, end);
}
