import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { digestOf } from './digest.ts';
import { OciError } from './ociError.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';

const digest = digestOf('');

const valid: readonly [string, Reference][] = [
  ['probe', { repository: 'probe' }],
  ['team/probe:1a2b3c4', { repository: 'team/probe', tag: '1a2b3c4' }],
  ['localhost/probe', { registry: 'localhost', repository: 'probe' }],
  ['localhost:5000/a/b__c.d-e:x', { registry: 'localhost:5000', repository: 'a/b__c.d-e', tag: 'x' }],
  ['git.example.com/team/probe', { registry: 'git.example.com', repository: 'team/probe' }],
  [`[::1]:5000/probe@${digest}`, { registry: '[::1]:5000', repository: 'probe', digest }],
  [`r.example/p:t@${digest}`, { registry: 'r.example', repository: 'p', tag: 't', digest }],
  ['Registry/probe', { registry: 'Registry', repository: 'probe' }],
];

for (const [text, reference] of valid) {
  test(`reads ${text}, and writes it the same`, () => {
    assert.deepEqual(parseReference(text), reference);
    assert.equal(formatReference(reference), text);
  });
}

for (const text of [
  '',
  'Probe',
  'probe:',
  'probe:-x',
  `probe:${'t'.repeat(129)}`,
  'probe@sha256:12',
  `probe@${digest}@${digest}`,
  '../probe',
  'a//b',
  '/probe',
  'probe/',
  'a___b',
  '-probe',
  'host.example:0/probe',
  'host.example:99999/probe',
  'host.example:/probe',
  'user@host.example/probe',
  'http://host.example/probe',
  'host.example/pro be',
  'probe\n',
  'probe:tag\n',
  'рrobe', // a Cyrillic letter
  `r.example/${'a'.repeat(256)}`,
  'x'.repeat(10_000),
]) {
  test(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.throws(
      () => parseReference(text),
      (error) => error instanceof OciError && error.message.length < 300,
    );
  });
}

test('any text either is refused or comes back as it was', () => {
  const likely = fc.stringMatching(/^[a-zA-Z0-9.:/@_[\]-]{0,40}$/);
  fc.assert(
    fc.property(fc.oneof(likely, fc.string()), (text) => {
      let reference: Reference;
      try {
        reference = parseReference(text);
      } catch (error) {
        assert.ok(error instanceof OciError);
        return;
      }
      assert.equal(formatReference(reference), text);
    }),
    { numRuns: 2_000 },
  );
});
