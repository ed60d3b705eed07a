import fc from 'fast-check';

/** A tree as a person might write it, in a form that each of the three formats can be written from. */
export type Sketch =
  | { readonly kind: 'text' | 'word'; readonly text: string }
  | { readonly kind: 'map'; readonly entries: readonly SketchEntry[]; readonly flow: boolean }
  | { readonly kind: 'list'; readonly items: readonly Sketch[]; readonly flow: boolean };

export interface SketchEntry {
  readonly key: string;
  readonly value: Sketch;
  readonly commentAbove?: string;
  readonly commentBeside?: string;
  /** At the root of a YAML file: gets an anchor, and aliases below. */
  readonly anchored?: boolean;
}

type Root = Extract<Sketch, { kind: 'map' }>;

const key = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,11}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'größe',
      'ключ',
      'a b',
      'x:y',
      'a.b-c',
      'plain_unencrypted',
      'yes',
      'null_',
      '-dash',
      '#no',
    ),
  },
);
const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', ' ', 'two\nlines', 'ends\n', 'blank\n\nline\n', '\n', 'tab\there', 'cr\r\nlf', '#', 'a # b'),
  fc.constantFrom(
    'yes',
    'null',
    '012',
    '1e3',
    'ENC[',
    'ENC[AES256_GCM,data:x]',
    '---',
    '- x',
    '{a',
    'a: b',
    '"',
    "'",
    '\\n',
    '%',
    '@x',
    '`',
  ),
  fc.constantFrom(
    'Zm9v==',
    'postgresql://u:p%40ss@h:5432/db?sslmode=require',
    '😀 ☃ \u2028 \u0085 \ufeff',
    '\u0001\u007f',
  ),
);
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }).map(String),
  // With a point: an integer between 2^63 and 2^64 is refused by sops and by us.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value).replace(/^-?\d+$/, '$&.0')),
  fc.constantFrom('0', '1.50', '1e10', '2.5e-7', '0.1'),
);
const words = fc.constantFrom('true', 'false', 'null');
/** Written as they are, in YAML alone. */
const yamlWords = fc.constantFrom(
  '~',
  '',
  '0x1F',
  '0o17',
  '017',
  '1_000',
  '.inf',
  '-.INF',
  '.NaN',
  '2001-12-14',
  '9223372036854775807',
  'yes',
  '2001-12-14t21:59:43.10-05:00',
);

function comment(): fc.Arbitrary<string | undefined> {
  return fc.option(
    fc.oneof(fc.constantFrom(' note', 'x', ' a: b', ' "é ☃'), fc.stringMatching(/^ [ -~]{0,20}[!-~]$/)),
    { nil: undefined, freq: 3 },
  );
}

export interface SketchShape {
  readonly nested: boolean;
  readonly comments: boolean;
  readonly words: fc.Arbitrary<string> | undefined;
}

export const shapes = {
  yaml: { nested: true, comments: true, words: fc.oneof(numbers, words, yamlWords) },
  json: { nested: true, comments: false, words: fc.oneof(numbers, words) },
  dotenv: { nested: false, comments: true, words: undefined },
} as const satisfies Record<string, SketchShape>;

export function sketches(shape: SketchShape): fc.Arbitrary<Root> {
  const leaf = fc.oneof(
    text.map((value): Sketch => ({ kind: 'text', text: value })),
    ...(shape.words === undefined ? [] : [shape.words.map((value): Sketch => ({ kind: 'word', text: value }))]),
  );
  const inner = (depth: number): fc.Arbitrary<Sketch> =>
    depth === 0 || !shape.nested
      ? leaf
      : fc.oneof(
          { weight: 4, arbitrary: leaf },
          { weight: 1, arbitrary: root(inner(depth - 1), shape) },
          {
            weight: 1,
            arbitrary: fc.record({
              kind: fc.constant('list' as const),
              items: fc.array(inner(depth - 1), { maxLength: 4 }),
              flow: fc.boolean(),
            }),
          },
        );
  const anchored = fc.infiniteStream(fc.boolean());
  return fc.tuple(root(inner(3), shape), anchored).map(([value, flags]) => ({
    ...value,
    flow: false,
    entries: value.entries.map((entry) => ({ ...entry, anchored: flags.next().value === true })),
  }));
}

function root(value: fc.Arbitrary<Sketch>, shape: SketchShape): fc.Arbitrary<Root> {
  const above = shape.comments ? comment() : fc.constant(undefined);
  const entry = fc.record({ key, value, commentAbove: above, commentBeside: above }).map(
    ({ commentAbove, commentBeside, ...rest }): SketchEntry => ({
      ...rest,
      ...(commentAbove === undefined ? {} : { commentAbove }),
      ...(commentBeside === undefined ? {} : { commentBeside }),
    }),
  );
  const entries = fc.uniqueArray(entry, { selector: (each) => each.key, minLength: 1, maxLength: 5 });
  return fc.record({ kind: fc.constant('map' as const), entries, flow: fc.boolean() });
}

/** YAML by hand: block and flow, literal blocks, quotes of both kinds, comments above and beside. */
export function toYaml(tree: Root): string {
  const references = tree.entries.flatMap(({ anchored, value }, position) => {
    if (!anchored) return [];
    const merged = value.kind === 'map' ? `merge_${position}:\n  <<: *a${position}\n` : '';
    return [`alias_${position}: *a${position} # the same\n${merged}`];
  });
  return block(tree, 0) + references.join('');
}

function block(node: Root, indent: number): string {
  const pad = ' '.repeat(indent);
  return node.entries
    .map(({ key: name, value, commentAbove, commentBeside, anchored }, position) => {
      const anchor = anchored ? ` &a${position}` : '';
      const above = commentAbove === undefined ? '' : `${pad}#${commentAbove}\n`;
      // sops loses a comment beside an empty list or map, and misplaces one beside an anchor above an empty item.
      const beside =
        commentBeside === undefined || isEmpty(value) || (anchored && value.kind === 'list')
          ? ''
          : ` #${commentBeside}`;
      return `${above}${pad}${yamlKey(name)}:${anchor}${valueBelow(value, indent, beside)}`;
    })
    .join('');
}

function isEmpty(value: Sketch): boolean {
  return value.kind === 'map' ? value.entries.length === 0 : value.kind === 'list' && value.items.length === 0;
}

function valueBelow(value: Sketch, indent: number, beside: string): string {
  if (value.kind === 'map' && !value.flow) return `${beside}\n${block(value, indent + 2)}`;
  if (value.kind === 'list' && !value.flow && value.items.length > 0) {
    const pad = ' '.repeat(indent);
    return `${beside}\n${value.items.map((item) => `${pad}-${valueBelow(item, indent + 2, '')}`).join('')}`;
  }
  if (
    value.kind === 'text' &&
    /^[!-~][ -~]*\n[!-~]/.test(value.text) &&
    /^[\n -~]*$/.test(value.text) &&
    !/\n\n$/.test(value.text)
  ) {
    const lines = value.text.replace(/\n$/, '').split('\n');
    const body = lines.map((line) => (line === '' ? '' : `${' '.repeat(indent + 3)}${line}`)).join('\n');
    return ` ${value.text.endsWith('\n') ? '|' : '|-'}${beside}\n${body}\n`;
  }
  return ` ${oneLine(value)}${beside}\n`;
}

function oneLine(value: Sketch): string {
  if (value.kind === 'map')
    return `{${value.entries.map(({ key: name, value: inner }) => `${yamlKey(name)}: ${oneLine(inner)}`).join(', ')}}`;
  if (value.kind === 'list') return `[${value.items.map((item) => oneLine(item) || 'null').join(', ')}]`;
  if (value.kind === 'text')
    return /^[ -&(-~]*$/.test(value.text) && value.text.length % 2 === 1 ? `'${value.text}'` : quoted(value.text);
  return value.text;
}

function yamlKey(name: string): string {
  return /^[a-z]+$/i.test(name) && name !== 'null' ? name : quoted(name);
}

function quoted(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u00a0\u2028\u2029\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function toJson(tree: Sketch, indent: string | undefined): string {
  const build = (node: Sketch): string => {
    if (node.kind === 'map')
      return `{${node.entries.map(({ key: name, value }) => `${JSON.stringify(name)}:${build(value)}`).join(',')}}`;
    if (node.kind === 'list') return `[${node.items.map(build).join(',')}]`;
    return node.kind === 'text' ? JSON.stringify(node.text) : node.text;
  };
  return indent === undefined ? build(tree) : `${JSON.stringify(JSON.parse(build(tree)), null, indent)}\n`;
}

/** Values that dotenv cannot tell apart from others are left to the tables. */
export function toDotenv(tree: Root): string {
  return tree.entries
    .filter(({ key: name }) => /^[^\s#=][^=\n]*$/.test(name))
    .map(({ key: name, value, commentAbove }) => {
      const above = commentAbove === undefined ? '' : `#${commentAbove}\n`;
      const plain =
        value.kind === 'text' ? value.text.replaceAll('\\n', '').replaceAll('\r', '').replaceAll('\n', '\\n') : '';
      return `${above}${name}=${plain}\n`;
    })
    .join('');
}
