import { OciError } from './ociError.ts';

export type TarType = 'file' | 'directory' | 'symlink';

/** Everything about one entry that its header holds. */
export interface TarHeader {
  readonly type: TarType;
  /** Path without a leading slash; directories have no trailing one either. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Of a symbolic link. */
  readonly target?: string;
}

export const blockBytes = 512;

/**
 * One second after the epoch, as Nix does: a fixed time makes layers repeatable, and programs that take 0 for "no time"
 * are not misled.
 */
const mtimeSeconds = 1;

const typeFlags: Record<TarType, string> = { file: '0', directory: '5', symlink: '2' };
const maxOctalSize = 0o77777777777;

/**
 * Header blocks in POSIX ustar form, behind a PAX header where a field does not fit. Written here and not by a library,
 * because images are known by the digest of these very bytes: an upgrade must not change a single one.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13
 */
export function encodeTarHeader(header: TarHeader): Buffer {
  const path = header.type === 'directory' ? `${header.path}/` : header.path;
  const records = [
    ...(fits(path, 100) ? [] : [paxRecord('path', path)]),
    ...(header.target === undefined || fits(header.target, 100) ? [] : [paxRecord('linkpath', header.target)]),
    ...(header.sizeBytes <= maxOctalSize ? [] : [paxRecord('size', String(header.sizeBytes))]),
  ];
  const block = encodeBlock(typeFlags[header.type], path, header);
  if (records.length === 0) return block;

  const body = Buffer.concat(records);
  const pax = encodeBlock('x', 'PaxHeaders/entry', { mode: 0o644, uid: 0, gid: 0, sizeBytes: body.length });
  return Buffer.concat([pax, body, Buffer.alloc(paddingOf(body.length)), block]);
}

/** Zero bytes that fill the last block of a body. */
export function paddingOf(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

function fits(text: string, bytes: number): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: every ASCII character, and no other
  return text.length <= bytes && /^[\x00-\x7f]*$/.test(text);
}

/** `<length of the whole record> key=value\n` */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function encodeBlock(
  typeFlag: string,
  path: string,
  { mode, uid, gid, sizeBytes, target = '' }: Omit<TarHeader, 'type' | 'path'>,
): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, digits: number) => {
    if (value >= 8 ** digits) throw new OciError('too-large', `tar entry ${path}: ${value} does not fit its field`);
    block.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  };
  const text = (value: string, offset: number, length: number) => {
    block.write(fits(value, length) ? value : value.replace(/[^\x20-\x7e]/g, '_').slice(0, length), offset, 'latin1');
  };
  text(path, 0, 100);
  octal(mode, 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(sizeBytes <= maxOctalSize ? sizeBytes : 0, 124, 11);
  octal(mtimeSeconds, 136, 11);
  block.write(typeFlag, 156, 'latin1');
  text(target, 157, 100);
  block.write('ustar\x0000', 257, 'latin1');
  // The checksum is taken with its own field full of blanks.
  block.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
