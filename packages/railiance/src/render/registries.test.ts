import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';

import { registriesYaml } from './registries.ts';

test('a registry without TLS is a mirror of itself, by HTTP, at the address that the nodes pull from', () => {
  const text = registriesYaml({ pull: 'registry.example:32166/team', plainHttp: true });
  assert.deepEqual(parse(text), {
    mirrors: { 'registry.example:32166': { endpoint: ['http://registry.example:32166'] } },
  });
});

test('a registry with TLS needs no file', () => {
  assert.throws(() => registriesYaml({ pull: 'registry.example', plainHttp: false }), /speaks TLS/);
});
