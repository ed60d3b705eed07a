import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canRead, canWrite, scopePattern } from './scopes.ts';

const cases: readonly [string[], string | null, boolean, boolean][] = [
  [[], 'a', false, false],
  [['framework:read'], 'a', true, false],
  [['framework:read'], null, true, false],
  [['hub:a:read'], 'a', true, false],
  [['hub:a:read'], 'b', false, false],
  [['hub:a:read'], null, false, false],
  [['hub:a:write'], 'a', true, true],
  [['hub:a:write'], 'b', false, false],
  [['hub:a:write'], null, false, true],
  [['hub:*:write'], 'b', true, true],
  [['hub:*:read'], 'b', true, false],
  [['admin'], 'b', true, true],
  [['admin'], null, true, true],
];
for (const [scopes, hub, read, write] of cases) {
  test(`[${scopes}] on ${hub}: ${read ? 'reads' : 'no read'}, ${write ? 'writes' : 'no write'}`, () => {
    assert.equal(canRead(scopes, hub), read);
    assert.equal(canWrite(scopes, hub), write);
  });
}

test('only known scopes pass', () => {
  for (const scope of ['admin', 'framework:read', 'hub:*:write', 'hub:inter-hub:read'])
    assert.match(scope, scopePattern);
  for (const scope of ['root', 'hub:A:read', 'hub:a', 'hub:a:admin', 'admin\n', 'hub:-a:read', 'framework:write']) {
    assert.doesNotMatch(scope, scopePattern);
  }
});
