import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { shapes, sketches, toYaml } from '../../../../testing/sopsTrees.ts';
import { encryptText } from '../../index.ts';
import { recipient } from '../../testKeys.ts';
import { readPlainly } from './plainReader.ts';
import { readDocuments } from './reader.ts';

const plain = [
  'A: one\n',
  '# head\n\nA: one\n# between\nB: two words\n\n# foot\n',
  'DATABASE_URL: postgresql://u:p%40ss@h:5432/d?sslmode=require\nPORT: 8000\nON: true\nNONE: null\nEMPTY: ""\n',
  'A: x#y\nB: a:b\nC: http://x/#y\nD: größe ☃\nE: 2001-12-14\nF: .5\nG: ~\n',
  'a.b-c: 1\n_x: y\n',
];

for (const text of plain) {
  test(`reads ${JSON.stringify(text.slice(0, 40))} as the full reader does, plain and encrypted`, async () => {
    const encrypted = await encryptText(text, { format: 'yaml', recipients: [recipient] });
    for (const each of [text, encrypted]) {
      const read = readPlainly(each);
      assert.ok(read !== undefined, 'it does read it');
      assert.deepEqual(read, readDocuments(each));
    }
  });
}

const left = [
  ...[
    '',
    '\n',
    '# only\n',
    'A:\n',
    'A: one',
    'A: one\r\n',
    'A: "x"\n',
    "A: 'x'\n",
    'A: [1]\n',
    'A: {b: 1}\n',
    'A: |\n  x\n',
  ],
  ...[
    'A: one # beside\n',
    'A: &a one\n',
    'A: *a\n',
    'A: !!str 1\n',
    'A: - x\n',
    'A: ? x\n',
    'A: b: c\n',
    'A: b:\n',
    'A: x \n',
    'A:  x\n',
  ],
  ...[
    'A: one\n  two\n',
    ' A: one\n',
    'A: one\nA: two\n',
    '---\nA: one\n',
    'A: one\n---\nB: two\n',
    'A: one\n...\n',
    '%YAML 1.2\n---\nA: 1\n',
  ],
  ...[
    'yes no: 1\n',
    '"A": 1\n',
    'true: 1\n',
    '1: x\n',
    'A: \tx\n',
    'A: x\u0085y\n',
    'A: one\nsops:\n',
    'A: one\nsops:\n    a: b\n# after\n',
  ],
];

for (const text of left) {
  test(`leaves ${JSON.stringify(text)} to the full reader`, () => assert.equal(readPlainly(text), undefined));
}

test('whatever it reads, it reads as the full reader does', async () => {
  const line = fc.oneof(
    fc.stringMatching(/^[A-Za-z_]{1,3}: [ -~]{1,12}$/),
    fc.stringMatching(/^#[ -~]{0,6}$/),
    fc.constantFrom('', 'A: 1', 'B: x', 'sops:', '    age:', '    mac: x', '  x: 1', '- a', '    version: 3.11.0'),
  );
  let read = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const text = `${lines.join('\n')}\n`;
      const tree = readPlainly(text);
      if (tree === undefined) return;
      read += 1;
      assert.deepEqual(tree, readDocuments(text));
    }),
    { numRuns: 5000 },
  );
  assert.ok(read > 200, `${read} texts were read`);
  await fc.assert(
    fc.asyncProperty(sketches({ ...shapes.yaml, nested: false }), async (sketch) => {
      const text = await encryptText(toYaml(sketch), { format: 'yaml', recipients: [recipient] });
      const tree = readPlainly(text);
      if (tree !== undefined) assert.deepEqual(tree, readDocuments(text));
    }),
    { numRuns: 100 },
  );
});
