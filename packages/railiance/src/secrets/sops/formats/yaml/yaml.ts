import type { Edit } from '../../edits.ts';
import type { Entry, MapNode, Span, TreeNode, ValueNode } from '../../tree.ts';
import type { Format, Parsed, SealedSpans } from '../format.ts';
import { addedToFlow, blockRemoval, flowRemoval } from './layout.ts';
import { afterLine } from './lines.ts';
import { readPlainly } from './plainReader.ts';
import { renderBlockData, renderFlow, renderKey, renderQuoted, renderScalar } from './render.ts';

const metadataKey = 'sops';

/** YAML with a map at the root of each document. Anchors hold; aliases of what is encrypted are written out, as by sops. */
export const yaml: Format = {
  name: 'yaml',

  async parse(text) {
    const roots = readPlainly(text) ?? (await import('./reader.ts')).readDocuments(text);
    const documents = roots.map((root) => ({ ...root, entries: root.entries.filter((entry) => !isMetadata(entry)) }));
    const [metadata] = roots.flatMap((root) => sopsEntry(root) ?? []);
    if (metadata === undefined) return { text, roots, documents, sealed: [] };
    const sealed = roots.map((root) => sealOf(sopsEntry(root)));
    return { text, roots, documents, metadata: toPlain(metadata.value, text), sealed };
  },

  writeEncrypted(_parsed, node, encrypted) {
    const token = encrypted === '' || node.place.flow ? JSON.stringify(encrypted) : encrypted;
    return replaced(node.span, node.body, (node.place.prefix ?? '') + token);
  },

  writePlain(_parsed, node, scalar) {
    if (scalar.type !== 'comment') return replaced(node.span, node.body, renderScalar(scalar, node.place));
    const start = node.place.dash;
    // A comment cannot stand in a list in brackets: it stays as it is.
    if (start === undefined) return [];
    return replaced({ start, end: node.span.end }, node.body, `#${scalar.text.replaceAll('\n', '\n#')}`);
  },

  writeMetadata(parsed, entries) {
    return parsed.roots.flatMap((root) => {
      const existing = sopsEntry(root);
      if (isEmptyFlow(root)) return [inBlockForm(parsed.text, root, entries)];
      if (root.flow) return flowMetadata(root, existing, entries);
      const indent = root.entries.find((entry) => entry.kind === 'entry') === undefined ? 0 : root.indent;
      const block = renderBlockData({ [metadataKey]: entries }, indent);
      if (existing !== undefined) {
        const end = afterLine(parsed.text, existing.span.end);
        return [{ start: existing.span.start - indent, end, text: block }];
      }
      const at = root.span.end;
      return [{ start: at, end: at, text: (startsLine(parsed.text, at) ? '' : '\n') + block }];
    });
  },

  writeSeal(parsed, mac, lastModified) {
    return parsed.sealed.flatMap((spans) => [
      ...(spans.mac ? [{ ...spans.mac, text: quotedLike(parsed.text, spans.mac, mac) }] : []),
      ...(spans.lastModified ? [{ ...spans.lastModified, text: renderQuoted(lastModified) }] : []),
    ]);
  },

  removeMetadata(parsed) {
    return parsed.roots.flatMap((root) => {
      const entry = sopsEntry(root);
      if (entry === undefined) return [];
      if (root.flow) return [flowRemoval(parsed.text, root.entries, root.entries.indexOf(entry))];
      const text = root.entries.length === 1 ? '{}\n' : '';
      return [{ start: entry.span.start, end: afterLine(parsed.text, entry.span.end), text }];
    });
  },

  addEntry(parsed, map, keys) {
    if (map.flow) {
      const value = keys.slice(1).reduceRight((text, key) => `{${renderKey(key)}: ${text}}`, '""');
      return [addedToFlow(map.span, withMetadata(parsed, map), `${renderKey(keys[0])}: ${value}`)];
    }
    const lines = keys.map((key, level) => `${' '.repeat(map.indent + level * 4)}${renderKey(key)}:`);
    return [addedBelow(parsed.text, map, map.entries, `${lines.join('\n')} ""\n`)];
  },

  addItem(parsed, list) {
    if (list.flow) return [addedToFlow(list.span, list.items, '""')];
    return [addedBelow(parsed.text, list, list.items, `${' '.repeat(list.indent)}- ""\n`)];
  },

  removeChild(parsed, parent, position) {
    const children = parent.kind === 'map' ? parent.entries : parent.items;
    if (!parent.flow)
      return [blockRemoval(parsed.text, parent, position, parsed.documents.includes(parent as MapNode))];
    const all = parent.kind === 'map' ? withMetadata(parsed, parent) : children;
    return [
      flowRemoval(
        parsed.text,
        all,
        all.findIndex(({ span }) => span.start === children[position]?.span.start),
      ),
    ];
  },

  writeReferred(_parsed, node, encrypted) {
    const value = (node: ValueNode) => {
      const token = encrypted(node);
      return token === undefined ? renderScalar(node.scalar, { flow: true }) : JSON.stringify(token);
    };
    return node.alias === undefined ? [] : [{ ...node.alias, text: renderFlow(node, value) }];
  },
};

function isMetadata(entry: MapNode['entries'][number]): entry is Entry {
  return entry.kind === 'entry' && entry.key === metadataKey;
}

function sopsEntry(root: MapNode): Entry | undefined {
  return root.entries.find(isMetadata);
}

function sealOf(entry: Entry | undefined): SealedSpans {
  if (entry?.value.kind !== 'map') return {};
  const spans: Record<string, Span> = {};
  for (const child of entry.value.entries) if (child.kind === 'entry') spans[child.key] = child.value.span;
  const { mac, lastmodified: lastModified } = spans;
  return { ...(mac ? { mac } : {}), ...(lastModified ? { lastModified } : {}) };
}

/** Metadata as plain data: a version like 3.7 must stay the text that it is. */
function toPlain(node: TreeNode, text: string): unknown {
  if (node.kind === 'list')
    return node.items.flatMap((item) => (item.kind === 'item' ? [toPlain(item.value, text)] : []));
  if (node.kind === 'map') {
    const entries = node.entries.flatMap((entry) =>
      entry.kind === 'entry' ? [[entry.key, toPlain(entry.value, text)]] : [],
    );
    return Object.fromEntries(entries);
  }
  if (node.scalar.type === 'null') return null;
  if (node.scalar.type === 'bool') return node.scalar.text === 'True';
  return node.scalar.type === 'str' ? node.scalar.text : text.slice(node.span.start, node.span.end);
}

/** All that stands in a map: the sops entry is among it where that is a root. */
function withMetadata({ documents, roots }: Parsed, map: MapNode): MapNode['entries'] {
  return roots[documents.indexOf(map)]?.entries ?? map.entries;
}

function isEmptyFlow(root: MapNode): boolean {
  return root.flow && root.entries.length === 0;
}

/** As sops writes a file without values: what is added to it later stands on lines of its own. */
function inBlockForm(text: string, root: MapNode, entries: object): Edit {
  return {
    start: root.span.start,
    end: afterLine(text, root.span.end),
    text: renderBlockData({ [metadataKey]: entries }, 0),
  };
}

function flowMetadata(root: MapNode, existing: Entry | undefined, entries: object): Edit[] {
  const token = JSON.stringify(entries);
  if (existing !== undefined) return [{ start: existing.value.span.start, end: existing.value.span.end, text: token }];
  return [addedToFlow(root.span, root.entries, `${metadataKey}: ${token}`)];
}

function replaced(span: Span, body: Span | undefined, text: string): Edit[] {
  return body === undefined
    ? [{ ...span, text }]
    : [
        { ...span, text },
        { ...body, text: '' },
      ];
}

function startsLine(text: string, offset: number): boolean {
  return offset === 0 || text[offset - 1] === '\n';
}

function quotedLike(text: string, span: Span, value: string): string {
  return text[span.start] === '"' ? JSON.stringify(value) : value;
}

function addedBelow(
  text: string,
  parent: { span: Span },
  children: readonly { kind: string; span: Span }[],
  lines: string,
): Edit {
  const last = children.filter(({ kind }) => kind !== 'comment').at(-1);
  const at = last === undefined ? parent.span.start : afterLine(text, last.span.end);
  return { start: at, end: at, text: (startsLine(text, at) ? '' : '\n') + lines };
}
