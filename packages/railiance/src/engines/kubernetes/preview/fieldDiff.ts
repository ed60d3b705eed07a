import type { FieldChange } from '../../../domain/objectChange.ts';
import { quantity } from '../../../kubernetes/quantity.ts';

type Tree = Readonly<Record<string, unknown>>;

const longestValue = 120;

/** What differs between two renderings of one object, in both directions. */
export function changedFields(before: unknown, after: unknown): FieldChange[] {
  return leaves(before, after, '', true);
}

/**
 * Where a live object is not what it was rendered as. Fields that were not rendered are the server's own: defaults, status. Of
 * lists whose entries have names, an entry that was not rendered is somebody's.
 */
export function editedFields(rendered: unknown, live: unknown): FieldChange[] {
  return leaves(rendered, live, '', false);
}

function leaves(before: unknown, after: unknown, path: string, both: boolean): FieldChange[] {
  if (isTree(before) && (isTree(after) || after === undefined)) {
    const there = after ?? {};
    const names = both ? new Set([...Object.keys(before), ...Object.keys(there)]) : definedIn(before);
    return [...names].flatMap((name) =>
      leaves(before[name], there[name], path === '' ? name : `${path}.${name}`, both),
    );
  }
  if (isTree(after) && before === undefined)
    return Object.entries(after).flatMap(([name, value]) => leaves(undefined, value, `${path}.${name}`, both));
  const lists = [namedEntries(before), namedEntries(after)] as const;
  if (lists[0] || lists[1]) {
    const [one = {}, other = {}] = lists;
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) =>
      leaves(one[name], other[name], `${path}[${name}]`, both),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].some(isTree)) {
    const longest = Math.max(before.length, after.length);
    return Array.from({ length: longest }, (_, at) => leaves(before[at], after[at], `${path}[${at}]`, both)).flat();
  }
  if (isSame(before, after)) return [];
  return [
    { path, ...(!isNothing(before) && { before: short(before) }), ...(!isNothing(after) && { after: short(after) }) },
  ];
}

function definedIn(tree: Tree): readonly string[] {
  return Object.keys(tree).filter((name) => tree[name] !== undefined);
}

/** Containers, variables, ports, volumes: by their names. */
function namedEntries(value: unknown): Tree | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const names = value.map((entry: unknown) => (isTree(entry) ? entry.name : undefined));
  if (!names.every((name) => typeof name === 'string') || new Set(names).size < names.length) return undefined;
  return Object.fromEntries(value.map(({ name, ...rest }: Tree) => [name, isNothing(rest) ? { name } : rest]));
}

function isSame(one: unknown, other: unknown): boolean {
  if (isNothing(one) && isNothing(other)) return true;
  const [a, b] = [short(one, Number.POSITIVE_INFINITY), short(other, Number.POSITIVE_INFINITY)];
  // The server writes `134217728` as `128Mi`.
  return a === b || quantity(a) === quantity(b);
}

/** The server leaves out what is empty. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function short(value: unknown, longest = longestValue): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
