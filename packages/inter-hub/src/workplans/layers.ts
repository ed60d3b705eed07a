export interface Dependent {
  readonly key: string;
  readonly depends_on: readonly string[];
}

/**
 * Columns for a drawing of what depends on what: each key stands right of everything it depends on, and those that
 * neither depend nor are needed are left out. Keys that nobody has synced stand in it too. Who depends on itself in a
 * circle stands where the circle was entered.
 */
export function layersOf(plans: readonly Dependent[]): string[][] {
  const needs = new Map(plans.map(({ key, depends_on }) => [key, depends_on]));
  const needed = new Set(plans.flatMap(({ depends_on }) => depends_on));
  const columns = new Map<string, number>();
  const columnOf = (key: string, above: ReadonlySet<string>): number => {
    const known = columns.get(key);
    if (known !== undefined) return known;
    const under = new Set(above).add(key);
    const before = (needs.get(key) ?? []).filter((other) => !under.has(other)).map((other) => columnOf(other, under));
    const column = Math.max(-1, ...before) + 1;
    columns.set(key, column);
    return column;
  };
  const layers: string[][] = [];
  for (const key of new Set([...needed, ...needs.keys()])) {
    if (!needed.has(key) && (needs.get(key) ?? []).length === 0) continue;
    const column = columnOf(key, new Set());
    layers[column] = [...(layers[column] ?? []), key];
  }
  return Array.from(layers, (layer) => layer ?? []);
}
