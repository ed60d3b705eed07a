import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { parseValues, readValuesFile } from './valuesFile.ts';

const wrong: readonly (readonly [name: string, text: string, words: RegExp])[] = [
  ['a list that is never closed', 'image:\n  tag: x\nhosts: [a,\n', /values\.yaml:4:1: Flow sequence .*must .* end/],
  ['a key that stands too far left', 'image:\n  tag: x\n bad: 1\n', /values\.yaml:3:\d+: /],
  ['a tab before a key', 'image:\n\ttag: x\n', /values\.yaml:2:\d+: .*[Tt]abs/],
  ['a quote without its end', 'a: "b\n', /values\.yaml:\d+:\d+: .*quote/],
  ['an alias of nothing', 'a: *b\n', /values\.yaml: .*alias/],
  ['a list', '- a\n', /values\.yaml:1:1: it holds a list/],
  ['a word', 'word\n', /values\.yaml:1:1: it holds a string/],
];
for (const [name, text, words] of wrong) {
  test(`a values file that is ${name} is refused by line and column`, () => {
    assert.throws(
      () => parseValues(text, 'values.yaml'),
      (error) => {
        assert.ok(error instanceof Failure);
        assert.match(error.message, words);
        assert.equal(error.exitCode, 2);
        return true;
      },
    );
  });
}

const right: readonly (readonly [name: string, text: string, values: object])[] = [
  ['nothing', '', {}],
  ['comments', '# later\n', {}],
  ['a key twice, as Helm takes it', 'a: 1\na: 2\n', { a: 2 }],
  ['more than one document, of which Helm takes the first', 'a: 1\n---\nb: 2\n', { a: 1 }],
  ['JSON', '{"a": {"b": [1]}}', { a: { b: [1] } }],
];
for (const [name, text, values] of right) {
  test(`a values file may hold ${name}`, () => assert.deepEqual(parseValues(text, 'values.yaml'), values));
}

test('a values file that is not there, or is a folder, is refused', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-values-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'values.yaml'), 'a: 1\n');
  assert.deepEqual((await readValuesFile(join(folder, 'values.yaml'), 'values.yaml')).values, { a: 1 });
  const refusal = { name: 'Failure', exitCode: 2 };
  await assert.rejects(readValuesFile(join(folder, 'none.yaml'), 'none.yaml'), {
    ...refusal,
    message: /none\.yaml: there is no such file/,
  });
  await assert.rejects(readValuesFile(folder, 'here'), { ...refusal, message: /here: .*directory/ });
});
