import type { Edit } from '../edits.ts';
import { plainValue, type Scalar } from '../scalar.ts';
import { SopsError } from '../sopsError.ts';
import type { MapNode, Span, TreeNode } from '../tree.ts';
import type { Format, Parsed } from './format.ts';
import { addedMember, afterKey, indentUnit, spanWithComma } from './jsonLayout.ts';
import { parseJson } from './jsonReader.ts';

const metadataKey = 'sops';

/** JSON with an object at its root, as sops has it: numbers are floats, order and repeated names are kept. */
export const json: Format = {
  name: 'json',

  async parse(text) {
    const root = parseJson(text);
    const entries = root.entries.filter((entry) => entry.kind !== 'entry' || entry.key !== metadataKey);
    const sops = metadataEntry(root);
    if (sops === undefined) return { text, roots: [root], documents: [root], sealed: [] };
    const metadata = toPlain(sops.value);
    const mac = childSpan(sops.value, 'mac');
    const lastModified = childSpan(sops.value, 'lastmodified');
    const sealed = [{ ...(mac ? { mac } : {}), ...(lastModified ? { lastModified } : {}) }];
    return { text, roots: [root], documents: [{ ...root, entries }], metadata, sealed };
  },

  writeEncrypted: (_parsed, node, encrypted) => [{ ...node.span, text: JSON.stringify(encrypted) }],

  writePlain: (_parsed, node, scalar) => [{ ...node.span, text: encodeScalar(scalar) }],

  writeMetadata(parsed, entries) {
    const root = rootOf(parsed);
    const unit = indentUnit(parsed.text);
    const rendered = JSON.stringify(entries, null, unit).replaceAll('\n', `\n${unit}`);
    const sops = metadataEntry(root);
    if (sops !== undefined) return [{ ...sops.value.span, text: rendered }];
    const text = `${JSON.stringify(metadataKey)}${afterKey(parsed.text)}${rendered}`;
    return [addedMember(parsed.text, root.span, root.entries, root.entries.at(-1), text)];
  },

  writeSeal(parsed, mac, lastModified) {
    const spans = parsed.sealed[0] ?? {};
    const edits: Edit[] = [];
    if (spans.mac !== undefined) edits.push({ ...spans.mac, text: JSON.stringify(mac) });
    if (spans.lastModified !== undefined) edits.push({ ...spans.lastModified, text: JSON.stringify(lastModified) });
    return edits;
  },

  removeMetadata(parsed) {
    const root = rootOf(parsed);
    const sops = metadataEntry(root);
    return sops === undefined
      ? []
      : [{ ...spanWithComma(parsed.text, sops.span, root.entries.length === 1), text: '' }];
  },

  addEntry(parsed, map, [key, ...inner]) {
    const value = inner.reduceRight((text, name) => `{${JSON.stringify(name)}: ${text}}`, '""');
    const all = siblings(parsed, map);
    const last = all
      .filter((entry) => entry.kind !== 'entry' || map !== parsed.documents[0] || entry.key !== metadataKey)
      .at(-1);
    return [addedMember(parsed.text, map.span, all, last, `${JSON.stringify(key)}${afterKey(parsed.text)}${value}`)];
  },

  addItem: (parsed, list) => [addedMember(parsed.text, list.span, list.items, list.items.at(-1), '""')],

  removeChild(parsed, parent, position) {
    const children = parent.kind === 'map' ? siblings(parsed, parent) : parent.items;
    const child = parent.kind === 'map' ? parent.entries[position] : parent.items[position];
    return child === undefined ? [] : [{ ...spanWithComma(parsed.text, child.span, children.length === 1), text: '' }];
  },
};

function rootOf(parsed: Parsed): MapNode {
  return parsed.roots[0] ?? parseJson(parsed.text);
}

/** The entries of a map with the `sops` one among them, where it is the root: commas stand between all of them. */
function siblings(parsed: Parsed, map: MapNode): MapNode['entries'] {
  return map === parsed.documents[0] ? rootOf(parsed).entries : map.entries;
}

function metadataEntry(root: MapNode) {
  for (const entry of root.entries) if (entry.kind === 'entry' && entry.key === metadataKey) return entry;
  return undefined;
}

function childSpan(node: TreeNode, key: string): Span | undefined {
  if (node.kind !== 'map') return undefined;
  for (const entry of node.entries) if (entry.kind === 'entry' && entry.key === key) return entry.value.span;
  return undefined;
}

function toPlain(node: TreeNode): unknown {
  if (node.kind === 'value') return plainValue(node.scalar);
  if (node.kind === 'list') return node.items.map((item) => (item.kind === 'item' ? toPlain(item.value) : null));
  return Object.fromEntries(
    node.entries.flatMap((entry) => (entry.kind === 'entry' ? [[entry.key, toPlain(entry.value)]] : [])),
  );
}

/** @throws SopsError (bad-value) for numbers that JSON has not */
function encodeScalar(scalar: Scalar): string {
  switch (scalar.type) {
    case 'bool':
      return scalar.text.toLowerCase();
    case 'int':
      return scalar.text;
    case 'float': {
      const value = plainValue(scalar);
      if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
      throw new SopsError('bad-value', `JSON has no number ${scalar.text}`);
    }
    case 'null':
      return 'null';
    default:
      return JSON.stringify(scalar.text);
  }
}
