import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { target } from '../domain/name.ts';
import { databaseSpec } from './contract.ts';
import { databaseNames } from './databaseNames.ts';

describe('names of databases', () => {
  const canary = target('inter-hub', 'canary');

  test('end in the stage, unless the stages share one', () => {
    const spec = databaseSpec({ name: 'interhub', user: 'hub' });
    assert.deepEqual(databaseNames(canary, spec), {
      database: 'interhub_canary',
      role: 'hub_canary',
      turn: 'hub_canary__turn',
    });
    assert.deepEqual(databaseNames(canary, { ...spec, scope: 'shared' }), {
      database: 'interhub',
      role: 'hub',
      turn: 'hub__turn',
    });
  });

  test('fit into 63 bytes and stay apart', () => {
    const text = fc.string({ minLength: 1, maxLength: 120, unit: 'grapheme' }).filter((name) => !name.includes('\0'));
    fc.assert(
      fc.property(text, text, fc.constantFrom('canary', 'production'), fc.constantFrom('canary', 'x'), (a, b, s, t) => {
        const first = databaseNames(target('a', s), databaseSpec({ name: `n${a}` })).database;
        const second = databaseNames(target('a', t), databaseSpec({ name: `n${b}` })).database;
        assert.ok(Buffer.byteLength(first) <= 63 && !first.includes('\ufffd'));
        assert.equal(first === second, a === b && s === t);
      }),
      { verbose: true },
    );
  });

  test('are refused where PostgreSQL keeps them for itself', () => {
    for (const name of ['', 'postgres', 'template0', 'template1', 'pg_x', 'public', 'a\0b']) {
      const spec = databaseSpec({ name, scope: 'shared' });
      assert.throws(() => databaseNames(canary, spec), { name: 'Failure', exitCode: 2 }, name);
    }
  });
});
