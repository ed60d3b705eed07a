type Table = Readonly<Record<string, unknown>>;

/** Tables are merged key by key; everything else of `over`, arrays included, replaces what was there. */
export function mergeTables<T extends object>(base: T, over: Partial<T>): T {
  const merged: Record<string, unknown> = { ...(base as Table) };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isTable(before) && isTable(value) ? mergeTables(before, value) : value;
  }
  return merged as T;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
