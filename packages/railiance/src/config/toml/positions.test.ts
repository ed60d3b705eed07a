import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';

import { findPlaces, type KeyPath } from './positions.ts';

/** The text that stands where a place points. */
function textAt(source: string, { line, column }: { line: number; column: number }, length: number): string {
  return (source.split('\n')[line - 1] ?? '').slice(column - 1, column - 1 + length);
}

const source = `# a comment with [brackets] and "quotes"
title = "a # no comment"  # one
[app] # header
name = 'x'
"quoted key" = 1
"a\\u0062c" . d.e = true
when = 1979-05-27 07:32:00 # a date with a space
long = """
[not.a.header]
key = "no key" \\""" """""
list = [ 1, [2, { deep = 'x', "]" = 3 }], # comment ]
  "three", ]
[[smoke]]
path = "/"
[[smoke]]
path = "/two"
expect = { status = 200, header = { a = "b" } }
[smoke.more]
x = 1
[stages.prod.run]
port = 3
[ stages . "ca-nary" ]
x = 1`;

test('keys and values are found in every form of TOML', () => {
  parse(source);
  const place = findPlaces(source);
  const cases: readonly (readonly [KeyPath, string, string])[] = [
    [['title'], 'title', '"a # no'],
    [['app'], '[app]', '[app]'],
    [['app', 'name'], 'name', "'x'"],
    [['app', 'quoted key'], '"quoted', '1'],
    [['app', 'abc'], '"a\\u', 'true'],
    [['app', 'abc', 'd', 'e'], '"a\\u', 'true'],
    [['app', 'when'], 'when', '1979'],
    [['app', 'long'], 'long', '"""'],
    [['app', 'list', 0], '1', '1'],
    [['app', 'list', 1, 1, 'deep'], 'deep', "'x'"],
    [['app', 'list', 1, 1, ']'], '"]"', '3'],
    [['app', 'list', 2], '"three"', '"three"'],
    [['smoke'], '[[smoke]]', '[[smoke]]'],
    [['smoke', 0, 'path'], 'path', '"/"'],
    [['smoke', 1, 'path'], 'path', '"/two"'],
    [['smoke', 1, 'expect', 'header', 'a'], 'a', '"b"'],
    [['smoke', 1, 'more', 'x'], 'x', '1'],
    [['stages', 'prod', 'run'], '[stages', '[stages'],
    [['stages'], '[stages', '[stages'],
    [['stages', 'ca-nary', 'x'], 'x', '1'],
  ];
  for (const [path, key, value] of cases) {
    const found = place(path);
    assert.ok(found, `${JSON.stringify(path)} is found`);
    assert.equal(textAt(source, found.key, key.length), key, JSON.stringify(path));
    assert.equal(textAt(source, found.value, value.length), value, JSON.stringify(path));
  }
  assert.equal(place(['not', 'a', 'header']), undefined);
  assert.equal(place(['app', 'key']), undefined);
});

/** Every path of a document, tables and arrays included. */
function pathsOf(value: unknown, path: KeyPath = []): KeyPath[] {
  if (typeof value !== 'object' || value === null || value instanceof Date) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

const key = fc.oneof(
  fc.stringMatching(/^[a-z_-]{1,6}$/),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.replace(/\p{Cc}/gu, '')),
);
const scalar = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'grapheme' }),
  fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('2100-01-01') }),
);
const { document } = fc.letrec((tie) => ({
  document: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('document')),
}));

test('every key of any document is found, where the document has it', () => {
  fc.assert(
    fc.property(document, (value) => {
      const text = stringify(value as Record<string, unknown>);
      const place = findPlaces(text);
      for (const path of pathsOf(parse(text)).slice(1)) {
        const found = place(path);
        assert.ok(found, `${JSON.stringify(path)} in\n${text}`);
        const last = path.at(-1);
        const start = textAt(text, found.key, 200);
        if (typeof last === 'string' && !start.startsWith('[')) {
          assert.ok(
            Object.keys(parse(`${/^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)/.exec(start)?.[0]} = 0`)).includes(last),
            `${last} at ${start}`,
          );
        }
      }
    }),
  );
});

test('a long document takes no longer than its length asks for', () => {
  const long = Array.from({ length: 40_000 }, (_, at) => `key${at} = "value"`).join('\n');
  const before = process.cpuUsage();
  assert.deepEqual(findPlaces(long)(['key39999']), {
    key: { line: 40_000, column: 1 },
    value: { line: 40_000, column: 12 },
  });
  assert.ok(process.cpuUsage(before).user / 1000 < 1000);
});
