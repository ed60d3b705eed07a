import type { JsonSchema } from './jsonSchema.ts';

/** The reference page of one configuration file: every table, with its keys in the order of the schema. */
export function configurationPage(schema: JsonSchema, fileName: string, introduction: string): string {
  return [
    `<!-- Written by \`npm run generate\` from packages/railiance/src/config/schema. -->`,
    `# ${fileName}`,
    introduction,
    ...section('', schema),
  ]
    .join('\n\n')
    .concat('\n');
}

function section(path: string, schema: JsonSchema): string[] {
  const entries = Object.entries(schema.properties ?? {});
  const tables = entries.filter(([, value]) => tableOf(value) !== undefined);
  const keys = entries.filter(([name]) => !tables.some(([table]) => table === name));
  return [
    ...(keys.length > 0 ? [keyTable(keys, schema.required ?? [])] : []),
    ...tables.flatMap(([name, value]) => subsection(path === '' ? name : `${path}.${name}`, value)),
  ];
}

function subsection(path: string, schema: JsonSchema): string[] {
  const table = tableOf(schema) ?? schema;
  const named = schema.additionalProperties !== undefined && schema.properties === undefined;
  const shown = named ? `${path}.<name>` : path;
  const title = schema.items ? `\`[[${shown}]]\`` : `\`[${shown}]\``;
  const heading = `${'#'.repeat(Math.min(4, path.split('.').length + 1))} ${title}`;
  // A stage has the tables of the app itself: they are described there.
  if (path === 'stages' && named) {
    const own = Object.fromEntries(Object.entries(table.properties ?? {}).filter(([, value]) => !tableOf(value)));
    return [heading, schema.description ?? '', keyTable(Object.entries(own), [])];
  }
  return [heading, schema.description ?? '', ...section(shown, table)];
}

/** The table that a value is, holds by name, or holds in a list; undefined for everything simpler. */
function tableOf(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties) return schema;
  if (schema.items?.properties) return schema.items;
  const named = schema.additionalProperties;
  return typeof named === 'object' && named.properties ? named : undefined;
}

function keyTable(keys: readonly (readonly [string, JsonSchema])[], required: readonly string[]): string {
  const rows = keys.map(([name, schema]) => {
    const otherwise = required.includes(name) ? 'required' : schema.default === undefined ? '' : code(schema.default);
    return `| \`${name}\` | ${cell(formOf(schema))} | ${otherwise} | ${cell(schema.description ?? '')} |`;
  });
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** What a value looks like, in words. */
function formOf(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.anyOf) return schema.anyOf.map(formOf).join(', or ');
  if (schema.items) return `an array, each ${formOf(schema.items)}`;
  if (schema.properties)
    return `a table of ${Object.keys(schema.properties)
      .map((name) => `\`${name}\``)
      .join(', ')}`;
  if (typeof schema.additionalProperties === 'object') {
    const value = formOf(schema.additionalProperties);
    return value === 'anything' ? 'a table' : `a table, each value ${value}`;
  }
  const words: Readonly<Record<string, string>> = {
    boolean: '`true` or `false`',
    number: 'a number',
    string: 'a string',
  };
  return words[schema.type ?? ''] ?? 'anything';
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
