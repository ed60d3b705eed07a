import { Secret, type Secrets } from '../domain/secret.ts';

const schema = 'railiance.secrets.v1';

/** The text that a store keeps of one version. */
export function serialiseValues(values: Secrets): string {
  const revealed = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.reveal()]));
  return `${JSON.stringify({ schema, values: revealed }, null, 2)}\n`;
}

/** Undefined for anything that is not such a text; it never gets into an error, since it holds values. */
export function parseValues(text: string): Secrets | undefined {
  try {
    const parsed = JSON.parse(text) as { schema?: unknown; values?: Record<string, unknown> };
    if (parsed.schema !== schema || typeof parsed.values !== 'object' || parsed.values === null) return undefined;
    const pairs = Object.entries(parsed.values);
    if (!pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) return undefined;
    return Object.fromEntries(pairs.map(([name, value]) => [name, new Secret(value)]));
  } catch {
    return undefined;
  }
}
