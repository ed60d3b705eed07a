import { SopsError } from '../sopsError.ts';

const mapSeparator = '__map_';
const listSeparator = '__list_';

/** Nested metadata as the flat names that dotenv holds: `age__list_0__map_recipient`. */
export function flatten(entries: Readonly<Record<string, unknown>>): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(entries)) put(flat, name, value);
  return flat;
}

function put(flat: Map<string, string>, name: string, value: unknown): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      put(flat, `${name}${listSeparator}${index}`, item);
    });
  } else if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) put(flat, `${name}${mapSeparator}${key}`, item);
  } else {
    flat.set(name, String(value));
  }
}

type Nested = { [key: string]: string | Nested };

/** @throws SopsError (bad-metadata) for names that contradict each other or count too far */
export function unflatten(flat: ReadonlyMap<string, string>): Record<string, unknown> {
  const root: Nested = Object.create(null);
  for (const [name, value] of flat) {
    const steps = name.split(/(?=__map_|__list_)/);
    let at = root;
    for (const step of steps.slice(0, -1)) {
      const next = at[step] ?? Object.create(null);
      if (typeof next === 'string') throw new SopsError('bad-metadata', `sops_${name} contradicts another line`);
      at[step] = next;
      at = next;
    }
    at[steps.at(-1) ?? ''] = value;
  }
  return nested(root) as Record<string, unknown>;
}

function nested(node: string | Nested): unknown {
  if (typeof node === 'string') return node;
  const steps = Object.keys(node);
  if (steps.length > 0 && steps.every((step) => step.startsWith(listSeparator))) return list(node, steps);
  return Object.fromEntries(
    steps.map((step) => [
      step.startsWith(mapSeparator) ? step.slice(mapSeparator.length) : step,
      nested(node[step] ?? ''),
    ]),
  );
}

function list(node: Nested, steps: readonly string[]): unknown[] {
  const items: unknown[] = [];
  for (const step of steps) {
    const position = Number(step.slice(listSeparator.length));
    if (!Number.isInteger(position) || position < 0 || position >= steps.length) {
      throw new SopsError('bad-metadata', 'a list in the sops_ lines has gaps');
    }
    items[position] = nested(node[step] ?? '');
  }
  return items;
}
