import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';

import { OciError, quoted } from '../ociError.ts';
import { blockBytes, paddingOf } from '../tarHeader.ts';

/** One entry of an archive; its content stays in the file until it is asked for. */
export interface ArchiveEntry {
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Where the content begins in the archive. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Of a link: path in the archive. */
  readonly target?: string;
}

const maxEntries = 100_000;
const maxPathBytes = 4096;
const maxExtensionBytes = 1024 * 1024;

const types: Readonly<Record<string, ArchiveEntry['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

/** What PAX and GNU headers say of the entry that follows them. */
interface Extension {
  path?: string;
  target?: string;
  sizeBytes?: number;
}

/**
 * The entries of a tar archive by their paths, read from the headers alone: bodies are skipped over, so that an archive of
 * any size is opened in milliseconds. It is refused whole for one entry that could reach outside it.
 * @throws OciError `invalid` or `too-large`, naming the archive and the entry
 */
export async function readTarIndex(file: FileHandle, name: string): Promise<ReadonlyMap<string, ArchiveEntry>> {
  return new TarIndex(file, name, (await file.stat()).size).read();
}

class TarIndex {
  readonly #file: FileHandle;
  readonly #name: string;
  readonly #size: number;
  readonly #entries = new Map<string, ArchiveEntry>();
  #position = 0;

  constructor(file: FileHandle, name: string, size: number) {
    this.#file = file;
    this.#name = name;
    this.#size = size;
  }

  async read(): Promise<ReadonlyMap<string, ArchiveEntry>> {
    let extension: Extension = {};
    for (let count = 0; ; count++) {
      if (count > maxEntries) throw this.#refusal('too-large', `more than ${maxEntries} entries`);
      const block = await this.#bytes(blockBytes);
      if (block.every((byte) => byte === 0)) return this.#entries;
      this.#checkSum(block);
      const sizeBytes = extension.sizeBytes ?? this.#number(block, 124, 12);
      const flag = String.fromCharCode(block[156] ?? 0);
      if ('xgLK'.includes(flag)) {
        extension = { ...extension, ...(await this.#extension(flag, this.#number(block, 124, 12))) };
        continue;
      }
      this.#add(block, types[flag], flag, sizeBytes, extension);
      extension = {};
    }
  }

  #add(block: Buffer, type: ArchiveEntry['type'] | undefined, flag: string, size: number, extension: Extension): void {
    const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : '';
    const path = this.#path(extension.path ?? (prefix === '' ? '' : `${prefix}/`) + text(block, 0, 100));
    if (type === undefined) throw this.#refusal('invalid', `${quoted(path)} is of the type ${quoted(flag)}`);
    const hasBody = type === 'file';
    const target = extension.target ?? text(block, 157, 100);
    const entry: ArchiveEntry = {
      type,
      offset: this.#position,
      sizeBytes: hasBody ? size : 0,
      ...(type === 'symlink' ? { target: this.#path(posix.join(posix.dirname(path), target)) } : {}),
      ...(type === 'hardlink' ? { target: this.#path(target) } : {}),
    };
    if (hasBody) this.#skip(size + paddingOf(size));
    if (path === '.' || type === 'directory') return;
    if (this.#entries.has(path)) throw this.#refusal('invalid', `${quoted(path)} is there twice`);
    this.#entries.set(path, entry);
  }

  #path(path: string): string {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    const harmless = !path.startsWith('/') && !parts.includes('..') && !path.includes('\0');
    if (harmless && Buffer.byteLength(path) <= maxPathBytes) return parts.join('/') || '.';
    throw this.#refusal('invalid', `the path ${quoted(path)} is not one inside an archive`);
  }

  async #extension(flag: string, sizeBytes: number): Promise<Extension> {
    if (sizeBytes > maxExtensionBytes) throw this.#refusal('too-large', `a header of ${sizeBytes} bytes`);
    const body = await this.#bytes(sizeBytes);
    this.#skip(paddingOf(sizeBytes));
    if (flag === 'L') return { path: body.toString('utf8').replace(/\0.*$/s, '') };
    if (flag === 'K') return { target: body.toString('utf8').replace(/\0.*$/s, '') };
    // What holds for all that follows (`g`) is comments in practice; a path or size there makes no sense.
    return flag === 'g' ? {} : this.#paxRecords(body);
  }

  #paxRecords(body: Buffer): Extension {
    const found: Extension = {};
    for (let at = 0; at < body.length; ) {
      const blank = body.indexOf(' ', at);
      const length = blank < 0 ? Number.NaN : Number(body.toString('latin1', at, blank));
      if (!Number.isSafeInteger(length) || length < 5 || at + length > body.length) {
        throw this.#refusal('invalid', 'a PAX header is damaged');
      }
      const [key = '', value = ''] = splitOnce(body.toString('utf8', blank + 1, at + length - 1), '=');
      if (key.startsWith('GNU.sparse')) throw this.#refusal('invalid', 'sparse files are not taken');
      if (key === 'path') found.path = value;
      if (key === 'linkpath') found.target = value;
      if (key === 'size') found.sizeBytes = this.#decimal(value);
      at += length;
    }
    return found;
  }

  #decimal(value: string): number {
    if (/^[0-9]{1,15}$/.test(value)) return Number(value);
    throw this.#refusal('invalid', `a size of ${quoted(value)}`);
  }

  /** Octal digits, or base 256 where the first bit is set. */
  #number(block: Buffer, offset: number, length: number): number {
    const field = block.subarray(offset, offset + length);
    const first = field[0] ?? 0;
    const digits = field
      .toString('latin1')
      .replace(/[\0 ]+$/, '')
      .trimStart();
    const value =
      first & 0x80
        ? field.subarray(1).reduce((sum, byte) => sum * 256 + byte, first & 0x7f)
        : Number(/^[0-7]*$/.test(digits) ? `0o${digits || '0'}` : Number.NaN);
    if (Number.isSafeInteger(value)) return value;
    throw this.#refusal('invalid', 'a header with a damaged number');
  }

  #checkSum(block: Buffer): void {
    let sum = 8 * 0x20;
    for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
    if (this.#number(block, 148, 8) !== sum) throw this.#refusal('invalid', 'a header whose checksum is wrong');
  }

  async #bytes(length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await this.#file.read(buffer, 0, length, this.#position);
    if (bytesRead < length) throw this.#refusal('invalid', 'it is cut short');
    this.#position += length;
    return buffer;
  }

  #skip(bytes: number): void {
    if (this.#position + bytes > this.#size) throw this.#refusal('invalid', 'it is cut short');
    this.#position += bytes;
  }

  #refusal(code: 'invalid' | 'too-large', why: string): OciError {
    return new OciError(code, `archive ${this.#name} at byte ${this.#position}: ${why}`);
  }
}

function text(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function splitOnce(value: string, separator: string): string[] {
  const at = value.indexOf(separator);
  return at < 0 ? [value] : [value.slice(0, at), value.slice(at + 1)];
}
