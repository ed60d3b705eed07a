import { applyEdits, type Edit } from './edits.ts';
import type { OpenedFile } from './open.ts';
import { type PlainValue, plainValue } from './scalar.ts';
import { SopsError } from './sopsError.ts';
import { type Address, addressLabel, type TreeNode } from './tree.ts';

/** The plain text of an opened file: same layout, same order, without its `sops` entry. */
export function decryptedText({ format, parsed, leaves }: OpenedFile): string {
  const edits: Edit[] = format.removeMetadata(parsed);
  for (const { node, scalar, token, referred } of leaves) {
    if (token === undefined || referred !== undefined) continue;
    if (node.kind === 'comment') edits.push({ ...node.span, text: scalar.text.replaceAll('\n', '\n#') });
    else edits.push(...format.writePlain(parsed, node, scalar));
  }
  return applyEdits(parsed.text, edits);
}

export type PlainTree = PlainValue | PlainTree[] | { [key: string]: PlainTree };

/**
 * The first document as plain data; objects have no prototype. Of a name that stands twice the last one is taken, as
 * JSON readers and shells do.
 */
export function plainTree({ parsed, leaves }: OpenedFile): { [key: string]: PlainTree } {
  const scalars = new Map(leaves.map(({ node, scalar }) => [node, scalar]));
  const build = (node: TreeNode): PlainTree => {
    if (node.kind === 'value') return plainValue(scalars.get(node) ?? node.scalar);
    if (node.kind === 'list') {
      const values = node.items.filter((item) => item.kind === 'item');
      return values
        .filter(({ value }) => value.kind !== 'value' || scalars.get(value)?.type !== 'comment')
        .map(({ value }) => build(value));
    }
    const object: { [key: string]: PlainTree } = Object.create(null);
    for (const entry of node.entries) if (entry.kind === 'entry') object[entry.key] = build(entry.value);
    return object;
  };
  const [root] = parsed.documents;
  return root === undefined ? Object.create(null) : (build(root) as { [key: string]: PlainTree });
}

/**
 * The values as environment variables, as `sops exec-env` gives them.
 * @throws SopsError (bad-value) for lists, maps, names that are no variable names, and NUL
 */
export function environmentOf({ leaves }: OpenedFile): Record<string, string> {
  const environment: Record<string, string> = Object.create(null);
  for (const { node, address, scalar, document } of leaves) {
    if (node.kind === 'comment' || scalar.type === 'comment') continue;
    const [name] = address;
    const label = addressLabel(address);
    if (document > 0 || address.length !== 1 || typeof name !== 'string') {
      throw new SopsError('bad-value', `${label} is inside a list or map, and an environment has none`, node.line);
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new SopsError('bad-value', `${JSON.stringify(name)} is no name for an environment variable`, node.line);
    }
    if (scalar.text.includes('\0')) throw new SopsError('bad-value', `${label} holds a NUL`, node.line);
    environment[name] = scalar.type === 'bool' ? scalar.text.toLowerCase() : scalar.text;
  }
  return environment;
}

/** Every address of a value, in the order of the file. Names are not secret. */
export function addressesOf({ leaves }: OpenedFile): Address[] {
  return leaves.flatMap(({ node, scalar, address }) =>
    node.kind === 'comment' || scalar.type === 'comment' ? [] : [address],
  );
}

/** The values that the rules have encrypted, as texts: what must not be found anywhere else. */
export function plainTexts({ leaves }: OpenedFile): string[] {
  return leaves.flatMap(({ node, scalar, encrypted }) =>
    node.kind === 'value' && encrypted && scalar.type === 'str' ? [scalar.text] : [],
  );
}
