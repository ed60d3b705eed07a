import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { type Challenge, parseChallenges } from './challenge.ts';

const headers: readonly (readonly [header: string, challenges: readonly Challenge[]])[] = [
  ['', []],
  ['Basic', [{ scheme: 'basic', parameters: {} }]],
  ['Basic realm="a b"', [{ scheme: 'basic', parameters: { realm: 'a b' } }]],
  [
    'Bearer realm="http://x/v2/token",service="container_registry",scope="*", Basic realm="x"',
    [
      { scheme: 'bearer', parameters: { realm: 'http://x/v2/token', service: 'container_registry', scope: '*' } },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ],
  ],
  [
    'BEARER Realm=x , error = "a \\"quoted\\", one"',
    [{ scheme: 'bearer', parameters: { realm: 'x', error: 'a "quoted", one' } }],
  ],
  [
    'Negotiate, Basic realm=x',
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ],
  ],
  ['Bearer realm="never ends', [{ scheme: 'bearer', parameters: {} }]],
  ['"', []],
];

for (const [header, challenges] of headers) {
  test(`challenges of ${JSON.stringify(header)}`, () => {
    const found = parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } }));
    assert.deepEqual(found, challenges);
  });
}

test('any header is read in time, and none reaches a prototype', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (header) => {
      for (const { parameters } of parseChallenges(`Bearer __proto__="x",${header}`)) {
        assert.equal(Object.getPrototypeOf(parameters), null);
      }
    }),
  );
  const started = performance.now();
  parseChallenges('a="\\'.repeat(100_000));
  assert.ok(performance.now() - started < 2000);
});
