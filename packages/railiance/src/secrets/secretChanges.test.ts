import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secret, type Secrets } from '../domain/secret.ts';
import { describeChanges, secretChanges } from './secretChanges.ts';

type Texts = Readonly<Record<string, string>>;

const secrets = (values: Texts): Secrets =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));

const cases: readonly {
  name: string;
  before: Texts;
  sealed: Texts;
  kept: readonly string[];
  latest?: Texts;
  line: string;
}[] = [
  { name: 'nothing', before: {}, sealed: {}, kept: [], line: 'secrets: as they are' },
  { name: 'a first deploy', before: {}, sealed: { A: 'CANARY' }, kept: ['URL'], line: 'secrets: + A, + URL' },
  {
    name: 'a new value, a new name, one that is gone',
    before: { A: 'CANARY-1', OLD: 'x', URL: 'u' },
    sealed: { A: 'CANARY-2', B: 'b' },
    kept: ['URL'],
    line: 'secrets: + B, ~ A, - OLD',
  },
  { name: 'the same', before: { A: '1' }, sealed: { A: '1' }, kept: ['A'], line: 'secrets: as they are' },
  {
    name: 'a rotation that nothing runs with yet',
    before: { KEY: 'CANARY-1', A: '1' },
    sealed: { A: '1' },
    kept: ['KEY', 'KEY_PREVIOUS'],
    latest: { KEY: 'CANARY-2', KEY_PREVIOUS: 'CANARY-1', A: '0' },
    line: 'secrets: + KEY_PREVIOUS, ~ KEY',
  },
  {
    name: 'odd names',
    before: {},
    sealed: { toString: 'x' } as unknown as Texts,
    kept: [],
    line: 'secrets: + toString',
  },
];
for (const { name, before, sealed, kept, latest, line } of cases) {
  test(`changes of secrets are told by name: ${name}`, () => {
    const newest = latest && { latest: secrets(latest) };
    const changes = secretChanges({ before: secrets(before), sealed: secrets(sealed), kept, ...newest });
    assert.equal(describeChanges(changes), line);
  });
}
