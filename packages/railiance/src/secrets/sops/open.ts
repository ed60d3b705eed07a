import type { KeyObject } from 'node:crypto';

import { decryptScalar, looksEncrypted } from './cipher.ts';
import { unwrapDataKey } from './dataKey.ts';
import type { Format, FormatName, Parsed } from './formats/format.ts';
import { formatNamed } from './formats/formats.ts';
import { type Metadata, parseMetadata } from './metadata.ts';
import { compileRules, type IsEncrypted } from './rules.ts';
import type { Scalar } from './scalar.ts';
import { verifyMac } from './seal.ts';
import { SopsError } from './sopsError.ts';
import { additionalData, addressLabel, type Leaf, walk } from './tree.ts';

/** An encrypted file that was read, and not opened: names, recipients and rules are known, values are not. */
export interface SealedFile {
  readonly format: Format;
  readonly parsed: Parsed;
  readonly metadata: Metadata;
}

/** One value or comment of an opened file. */
export interface OpenedLeaf extends Leaf {
  /** Which `---` document it is in. */
  readonly document: number;
  /** Do the rules have it encrypted? */
  readonly encrypted: boolean;
  readonly scalar: Scalar;
  /** The `ENC[…]` text that it was decrypted from. */
  readonly token?: string;
}

/** An encrypted file that was opened and whose MAC was found right. */
export interface OpenedFile extends SealedFile {
  readonly dataKey: KeyObject;
  readonly leaves: readonly OpenedLeaf[];
}

/**
 * Reads an encrypted file without opening it.
 * @throws SopsError `unreadable`, `not-encrypted`, `bad-metadata` or `unsupported`
 */
export async function readSops(text: string, formatName: FormatName): Promise<SealedFile> {
  const format = formatNamed(formatName);
  const parsed = await format.parse(text);
  if (parsed.metadata === undefined) {
    throw new SopsError('not-encrypted', 'sops metadata not found: this is a plain-text file');
  }
  return { format, parsed, metadata: parseMetadata(parsed.metadata) };
}

/**
 * Opens an encrypted file with age identities (`AGE-SECRET-KEY-1…`) and checks every value and the MAC. There is no way
 * around that check.
 * @throws SopsError of any kind but `already-encrypted`, `bad-address`, `bad-value`
 */
export async function openSops(
  text: string,
  formatName: FormatName,
  identities: readonly string[],
): Promise<OpenedFile> {
  const sealed = await readSops(text, formatName);
  const dataKey = await unwrapDataKey(sealed.metadata, identities);
  return openWith(sealed, dataKey);
}

/** @throws SopsError as `openSops` does */
export function openWith(sealed: SealedFile, dataKey: KeyObject): OpenedFile {
  const leaves = openLeaves(sealed, dataKey);
  verifyMac(leaves, sealed.metadata, dataKey);
  return { ...sealed, dataKey, leaves };
}

/**
 * Opens a later text of a file that is open, which has the same data key.
 * @throws SopsError as `openSops` does
 */
export async function openWithSameKey({ format, dataKey }: OpenedFile, text: string): Promise<OpenedFile> {
  return openWith(await readSops(text, format.name), dataKey);
}

/** The names of a file that was not opened, with whether the rules have them encrypted. */
export function namesOf({ parsed, metadata }: SealedFile): { readonly name: string; readonly encrypted: boolean }[] {
  const encrypted = compileRules(metadata.rules);
  const names: { name: string; encrypted: boolean }[] = [];
  for (const root of parsed.documents) {
    walk(root, (leaf) => {
      if (leaf.node.kind === 'value') names.push({ name: addressLabel(leaf.address), encrypted: encrypted(leaf) });
    });
  }
  return names;
}

/** Values of a file that was not opened which its rules have encrypted and which are not. */
export function plainLeaves({ parsed, metadata }: SealedFile): { readonly name: string; readonly line: number }[] {
  const encrypted = compileRules(metadata.rules);
  const found: { name: string; line: number }[] = [];
  for (const root of parsed.documents) {
    walk(root, (leaf) => {
      const { node } = leaf;
      if (node.kind === 'comment' || node.scalar.type === 'null' || !encrypted(leaf)) return;
      const open = node.scalar.type !== 'str' || (node.scalar.text !== '' && !looksEncrypted(node.scalar.text));
      if (open) found.push({ name: addressLabel(leaf.address), line: node.line });
    });
  }
  return found;
}

/** Every leaf with its plain value; `known` saves the decryption of tokens that were decrypted before. */
export function openLeaves(
  { parsed, metadata }: SealedFile,
  dataKey: KeyObject,
  known?: ReadonlyMap<string, Scalar>,
): OpenedLeaf[] {
  const isEncrypted = compileRules(metadata.rules);
  const leaves: OpenedLeaf[] = [];
  parsed.documents.forEach((root, document) => {
    walk(root, (leaf) => leaves.push({ ...openLeaf(leaf, isEncrypted, dataKey, known), document }));
  });
  return leaves;
}

function openLeaf(
  leaf: Leaf,
  isEncrypted: IsEncrypted,
  dataKey: KeyObject,
  known: ReadonlyMap<string, Scalar> | undefined,
): Omit<OpenedLeaf, 'document'> {
  const { node, path } = leaf;
  const encrypted = isEncrypted(leaf);
  const bound = additionalData(path);
  if (node.kind === 'comment') {
    const scalar: Scalar = { type: 'comment', text: node.text };
    if (!encrypted || !looksEncrypted(node.text)) return { ...leaf, encrypted, scalar };
    try {
      const opened = known?.get(bound + node.text) ?? decryptScalar(node.text, dataKey, bound);
      return { ...leaf, encrypted, scalar: opened, token: node.text };
    } catch {
      // sops, too, shows a comment that it cannot open as it stands: layout tools move comments between maps.
      return { ...leaf, encrypted, scalar };
    }
  }
  if (!encrypted || node.scalar.type === 'null') return { ...leaf, encrypted, scalar: node.scalar };
  const name = addressLabel(leaf.address);
  if (node.scalar.type !== 'str' || (node.scalar.text !== '' && !looksEncrypted(node.scalar.text))) {
    throw new SopsError('malformed-value', `${name} should be encrypted, and stands in plain text`, node.line);
  }
  try {
    const token = node.scalar.text;
    const scalar = known?.get(bound + token) ?? decryptScalar(token, dataKey, bound);
    return { ...leaf, encrypted, scalar, token };
  } catch (error) {
    if (error instanceof SopsError) throw new SopsError(error.code, `${name}: ${error.message}`, node.line);
    throw error;
  }
}

/** What `openLeaves` may take as known of an opened file. */
export function knownTokens({ leaves }: OpenedFile): Map<string, Scalar> {
  const known = new Map<string, Scalar>();
  for (const { token, path, scalar } of leaves)
    if (token !== undefined) known.set(additionalData(path) + token, scalar);
  return known;
}

/** Is there a `sops` entry? Throws only where the text cannot be read at all. */
export async function isEncrypted(text: string, formatName: FormatName): Promise<boolean> {
  return (await formatNamed(formatName).parse(text)).metadata !== undefined;
}
