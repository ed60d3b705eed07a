import type { KeyObject } from 'node:crypto';

import { encryptScalar } from './cipher.ts';
import { newDataKey, wrapDataKey } from './dataKey.ts';
import { applyEdits, type Edit } from './edits.ts';
import type { Format, FormatName, Parsed } from './formats/format.ts';
import { formatNamed } from './formats/formats.ts';
import { formatVersion, type Metadata, metadataEntries, timestampNow } from './metadata.ts';
import { compileRules, defaultRules, type EncryptionRules } from './rules.ts';
import type { Scalar } from './scalar.ts';
import { computeMac, encryptMac } from './seal.ts';
import { SopsError } from './sopsError.ts';
import { additionalData, addressLabel, type Leaf, referencesIn, type ValueNode, walk } from './tree.ts';

export interface EncryptOptions {
  readonly format: FormatName;
  /** age public keys (`age1…`); at least one. */
  readonly recipients: readonly string[];
  readonly rules?: EncryptionRules;
  /** The MAC covers the encrypted values alone, so that others may edit the plain ones. */
  readonly macOnlyEncrypted?: boolean;
  readonly now?: Date;
}

/**
 * Encrypts a plain-text file: layout, order, comments and names stay as they are, values and comments are encrypted, and
 * the `sops` entry is added at the end.
 * @throws SopsError `unreadable`, `already-encrypted`, `bad-value`, `unsupported`
 */
export async function encryptText(text: string, options: EncryptOptions): Promise<string> {
  if (options.recipients.length === 0) throw new SopsError('no-matching-key', 'nobody could open it: give a recipient');
  const dataKey = newDataKey();
  const age = await Promise.all([...new Set(options.recipients)].map((recipient) => wrapDataKey(dataKey, recipient)));
  const metadata = {
    age,
    macOnlyEncrypted: options.macOnlyEncrypted ?? false,
    rules: { ...(Object.keys(options.rules ?? {}).length === 0 ? defaultRules : options.rules) },
    version: formatVersion,
    others: {},
  };
  return sealText(text, formatNamed(options.format), metadata, dataKey, options.now ?? new Date());
}

/** Gives the ciphertext of a value, or undefined to have it encrypted anew. */
export type Reuse = (additionalData: string, scalar: Scalar) => string | undefined;

/** @throws SopsError as `encryptText` does */
export async function sealText(
  text: string,
  format: Format,
  metadata: Omit<Metadata, 'lastModified' | 'mac'>,
  dataKey: KeyObject,
  now: Date,
  reuse: Reuse = () => undefined,
): Promise<string> {
  const parsed = await format.parse(text);
  refuseEncrypted(parsed);
  const isEncrypted = compileRules(metadata.rules);
  const covered: { scalar: Scalar; encrypted: boolean }[] = [];
  const tokens = new Map<Leaf['node'], string>();
  const leaves: Leaf[] = [];
  for (const root of parsed.documents) {
    walk(root, (leaf) => {
      const encrypted = isEncrypted(leaf);
      const scalar = scalarOfLeaf(leaf, parsed);
      covered.push({ scalar, encrypted });
      leaves.push(leaf);
      if (!encrypted || scalar.type === 'null') return;
      const bound = additionalData(leaf.path);
      tokens.set(leaf.node, reuse(bound, scalar) ?? encryptScalar(scalar, dataKey, bound));
    });
  }
  const lastModified = timestampNow(now);
  const mac = encryptMac(computeMac(covered, metadata.macOnlyEncrypted), dataKey, lastModified);
  const entries = metadataEntries({ ...metadata, mac, lastModified });
  return applyEdits(text, [...tokenEdits(format, parsed, leaves, tokens), ...format.writeMetadata(parsed, entries)]);
}

function refuseEncrypted(parsed: Parsed): void {
  if (parsed.metadata === undefined) return;
  throw new SopsError(
    'already-encrypted',
    'it has a sops entry: it is encrypted already, or the entry needs another name',
  );
}

function scalarOfLeaf({ node, address, inList }: Leaf, { text }: Parsed): Scalar {
  // sops takes an empty comment in a list for an empty item once it is decrypted; one with a blank it keeps.
  if (node.kind === 'comment') return { type: 'comment', text: inList && node.text === '' ? ' ' : node.text };
  const source = text.slice(node.span.start, node.span.end);
  if (node.scalar.type === 'float' && /^-?\d+$/.test(source) && BigInt(source).toString() !== node.scalar.text) {
    const problem = `${addressLabel(address)} is an integer that sops would round to a float: put it in quotes`;
    throw new SopsError('bad-value', problem, node.line);
  }
  return node.scalar;
}

function tokenEdits(
  format: Format,
  parsed: Parsed,
  leaves: readonly Leaf[],
  tokens: ReadonlyMap<Leaf['node'], string>,
): Edit[] {
  const edits: Edit[] = [];
  for (const { node, referred } of leaves) {
    const token = tokens.get(node);
    if (referred !== undefined) continue;
    if (node.kind === 'comment') edits.push({ ...node.span, text: token ?? node.text });
    else if (token !== undefined) edits.push(...format.writeEncrypted(parsed, node, token));
    else if (node.isAlias) edits.push(...format.writePlain(parsed, node, node.scalar));
  }
  // A ciphertext belongs to one place, so what an alias stands for is written out, as sops does.
  const tokenOf = (node: ValueNode) => tokens.get(node);
  for (const reference of parsed.documents.flatMap(referencesIn)) {
    edits.push(...(format.writeReferred?.(parsed, reference, tokenOf) ?? []));
  }
  return edits;
}
