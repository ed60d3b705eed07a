import { encryptScalar } from './cipher.ts';
import { decryptedText } from './decrypt.ts';
import { applyEdits, type Edit } from './edits.ts';
import { sealText } from './encrypt.ts';
import { holdsInDotenv } from './formats/dotenv.ts';
import { timestampNow } from './metadata.ts';
import { knownTokens, type OpenedFile, type OpenedLeaf, openLeaves, readSops } from './open.ts';
import { type PlainValue, type Scalar, sameScalar, scalarFrom } from './scalar.ts';
import { computeMac, encryptMac } from './seal.ts';
import { SopsError } from './sopsError.ts';
import { type Address, additionalData, addressLabel, type ListNode, type MapNode, type TreeNode } from './tree.ts';

/** A value to be set, or (without one) an entry or item to be taken out with all that is in it. */
export interface Change {
  readonly address: Address;
  readonly scalar?: Scalar;
}

/**
 * Sets one value; entries and items that are not there yet are added at the end. Its line, the MAC and the time change,
 * nothing else. The same value again changes nothing at all.
 * @returns the new text of the encrypted file
 * @throws SopsError `bad-address` or `bad-value`
 */
export async function setValue(
  file: OpenedFile,
  address: Address,
  value: PlainValue,
  now = new Date(),
): Promise<string> {
  return await applyChanges(file, [{ address, scalar: scalarFrom(value) }], now);
}

/**
 * Takes out one entry or item with all that is in it.
 * @throws SopsError (bad-address) where there is none
 */
export async function unsetValue(file: OpenedFile, address: Address, now = new Date()): Promise<string> {
  return await applyChanges(file, [{ address }], now);
}

/** Several changes under one MAC. Those of a list are given from its front to its end. */
export async function applyChanges(file: OpenedFile, changes: readonly Change[], now: Date): Promise<string> {
  const values = new Map<OpenedLeaf, Scalar>();
  const additions: { address: Address; scalar: Scalar }[] = [];
  for (const { address, scalar } of changes) {
    if (scalar === undefined) continue;
    refuseUnfit(file, address, scalar);
    const leaf = findLeaf(file, address);
    if (leaf === undefined) additions.push({ address, scalar });
    else if (!sameScalar(leaf.scalar, scalar)) values.set(leaf, scalar);
  }
  const removals = changes.filter(({ scalar }) => scalar === undefined);
  if (values.size + additions.length + removals.length === 0) return file.parsed.text;
  const edits = [...values].flatMap(([leaf, scalar]) => valueEdits(file, leaf, scalar));
  const leaves = file.leaves.map((leaf) => ({ ...leaf, scalar: values.get(leaf) ?? leaf.scalar }));
  if (additions.length + removals.length === 0) {
    return applyEdits(file.parsed.text, [...edits, ...sealEdits({ ...file, leaves }, now)]);
  }
  let current = edits.length === 0 ? file : await reread(file, applyEdits(file.parsed.text, edits));
  // From the end, so that the positions of those in front stay right.
  for (const { address } of removals.toReversed()) current = await withRemoved(current, address);
  for (const { address, scalar } of additions) current = await withAdded(current, address, scalar);
  return resealed(current, now);
}

/**
 * Puts an edited plain text in the place of the file's own. Values that stay the same keep their ciphertext.
 * @throws SopsError as `encryptText` does
 */
export async function replaceText(file: OpenedFile, plainText: string, now = new Date()): Promise<string> {
  if (plainText === decryptedText(file)) return file.parsed.text;
  const kept = new Map<string, string[]>();
  for (const { token, path, scalar } of file.leaves) {
    if (token === undefined) continue;
    const key = reuseKey(additionalData(path), scalar);
    kept.set(key, [...(kept.get(key) ?? []), token]);
  }
  const reuse = (bound: string, scalar: Scalar) => kept.get(reuseKey(bound, scalar))?.shift();
  return await sealText(plainText, file.format, file.metadata, file.dataKey, now, reuse);
}

/** The value at an address, or undefined. */
export function findLeaf(file: OpenedFile, address: Address): OpenedLeaf | undefined {
  const node = nodeAt(file, address);
  if (node === undefined) return undefined;
  if (node.kind !== 'value')
    throw new SopsError('bad-address', `${addressLabel(address)} is a ${node.kind}, not a value`);
  return file.leaves.find((leaf) => leaf.node === node);
}

/** @throws SopsError (bad-address) where the address is not clear */
function nodeAt({ parsed }: OpenedFile, address: Address): TreeNode | undefined {
  let node: TreeNode | undefined = parsed.documents[0];
  for (const step of address) {
    if (node === undefined || node.kind === 'value') return undefined;
    const position = childPosition(node, step);
    const child: MapNode['entries'][number] | ListNode['items'][number] | undefined =
      node.kind === 'map' ? node.entries[position] : node.items[position];
    node = child === undefined || child.kind === 'comment' ? undefined : child.value;
  }
  return node;
}

/** Index among all children, comments included; -1 where there is none. */
function childPosition(parent: TreeNode, step: string | number | undefined): number {
  if (parent.kind === 'value' || step === undefined) return -1;
  if (parent.kind === 'list') {
    const items = parent.items.flatMap((item, index) => (item.kind === 'item' ? [index] : []));
    return typeof step === 'number' ? (items[step] ?? -1) : -1;
  }
  const found = parent.entries.flatMap((entry, index) => (entry.kind === 'entry' && entry.key === step ? [index] : []));
  if (found.length > 1)
    throw new SopsError('bad-address', `${JSON.stringify(step)} stands ${found.length} times in the file`);
  return found[0] ?? -1;
}

function refuseUnfit({ format }: OpenedFile, address: Address, scalar: Scalar): void {
  if (format.name === 'dotenv' && !holdsInDotenv(scalar.text)) {
    const problem = 'a dotenv file cannot hold a backslash followed by n, nor a carriage return at the end';
    throw new SopsError('bad-value', `${addressLabel(address)}: ${problem}`);
  }
}

function valueEdits({ format, parsed, dataKey }: OpenedFile, leaf: OpenedLeaf, scalar: Scalar): Edit[] {
  if (leaf.node.kind !== 'value' || leaf.referred !== undefined) {
    throw new SopsError('bad-address', `${addressLabel(leaf.address)} is an alias: change what it refers to`);
  }
  if (!leaf.encrypted || scalar.type === 'null') return format.writePlain(parsed, leaf.node, scalar);
  return format.writeEncrypted(parsed, leaf.node, encryptScalar(scalar, dataKey, additionalData(leaf.path)));
}

async function withRemoved(file: OpenedFile, address: Address): Promise<OpenedFile> {
  const parent = nodeAt(file, address.slice(0, -1));
  const position = parent === undefined ? -1 : childPosition(parent, address.at(-1));
  if (parent === undefined || parent.kind === 'value' || position < 0) {
    throw new SopsError('bad-address', `there is no ${addressLabel(address)}`);
  }
  return await reread(file, applyEdits(file.parsed.text, file.format.removeChild(file.parsed, parent, position)));
}

/** The file with one value more. Its MAC is not right yet. */
async function withAdded(file: OpenedFile, address: Address, scalar: Scalar): Promise<OpenedFile> {
  const emptied = await reread(file, applyEdits(file.parsed.text, emptyPlace(file, address)));
  const leaf = findLeaf(emptied, address);
  if (leaf === undefined) throw new SopsError('bad-address', `${addressLabel(address)} could not be added`);
  return await reread(emptied, applyEdits(emptied.parsed.text, valueEdits(emptied, leaf, scalar)));
}

/** Makes room for a value, with the maps around it that are missing. */
function emptyPlace(file: OpenedFile, address: Address): Edit[] {
  let depth = address.length - 1;
  while (depth > 0 && nodeAt(file, address.slice(0, depth)) === undefined) depth -= 1;
  const parent = nodeAt(file, address.slice(0, depth));
  const missing = address.slice(depth);
  const [step] = missing;
  if (parent?.kind === 'map' && missing.every((key) => typeof key === 'string')) {
    return file.format.addEntry(file.parsed, parent, missing as [string, ...string[]]);
  }
  const length = parent?.kind === 'list' ? parent.items.filter(({ kind }) => kind === 'item').length : undefined;
  if (parent?.kind === 'list' && missing.length === 1 && step === length)
    return file.format.addItem(file.parsed, parent);
  const around = depth === 0 ? 'the root' : addressLabel(address.slice(0, depth));
  throw new SopsError('bad-address', `there is no place for ${addressLabel(address)} in ${around}`);
}

async function reread(file: OpenedFile, text: string): Promise<OpenedFile> {
  const sealed = await readSops(text, file.format.name);
  return { ...sealed, dataKey: file.dataKey, leaves: openLeaves(sealed, file.dataKey, knownTokens(file)) };
}

function resealed(file: OpenedFile, now: Date): string {
  return applyEdits(file.parsed.text, sealEdits(file, now));
}

function sealEdits({ format, parsed, metadata, dataKey, leaves }: OpenedFile, now: Date): Edit[] {
  const lastModified = timestampNow(now);
  const mac = encryptMac(computeMac(leaves, metadata.macOnlyEncrypted), dataKey, lastModified);
  return format.writeSeal(parsed, mac, lastModified);
}

function reuseKey(bound: string, scalar: Scalar): string {
  return `${bound}\0${scalar.type}\0${scalar.text}\0${scalar.bytes === undefined ? '' : Buffer.from(scalar.bytes).toString('hex')}`;
}
