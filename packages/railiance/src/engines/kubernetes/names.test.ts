import assert from 'node:assert/strict';
import { test } from 'node:test';

import { releaseName } from './names.ts';

test('a release has the name of its app, and a Service may have it too', () => {
  assert.equal(releaseName({ app: 'shop', stage: 'live' }, true), 'shop');
  assert.equal(releaseName({ app: 'shop', stage: 'canary' }, false), 'shop-canary');
  const digits = releaseName({ app: '3d', stage: 'live' }, true);
  assert.match(digits, /^app-3d-[0-9a-f]{8}$/);
  assert.notEqual(digits, releaseName({ app: '3d', stage: 'live' }, false));
  const long = releaseName({ app: '9'.repeat(53), stage: 'live' }, true);
  assert.match(long, /^app-9{40}-[0-9a-f]{8}$/);
});
