import assert from 'node:assert/strict';
import { test } from 'node:test';

import { walk } from '../../tree.ts';
import { readDocuments } from './reader.ts';

/** Which map or list sops takes each comment to stand in, found by opening what it encrypted with each path. */
const places: readonly (readonly [text: string, comments: Readonly<Record<string, string>>])[] = [
  ['# a\n\n# b\nx: 1 # c\n# d\n', { a: '', b: '', c: '', d: '' }],
  [
    'm: # a\n  # b\n  x: 1 # c\n  # d\n\n  # e\n  y: 2\n  # f\n# g\n',
    { a: '', b: 'm', c: 'm', d: 'm', e: 'm', f: 'm', g: '' },
  ],
  ['l:\n# a\n- x # b\n# c\n- y\n# d\nz: 1\n', { a: 'l', b: 'l', c: 'l', d: '' }],
  [
    'l:\n  - k: v # a\n    # b\n    m: w\n    # c\n  # d\n  - # e\n    n: o\n',
    { a: 'l', b: 'l', c: 'l', d: 'l', e: 'l' },
  ],
  ['e: {f: 1, # a\n  g: 2} # b\n# c\n', { a: 'e', b: 'e', c: '' }],
  ['h: |  # a\n  text\n# b\n', { a: '', b: '' }],
  ['i: # a\nj:\n  # b\n\nk: z\n', { a: '', b: '' }],
  ['m:\n  i:\n# a\nk: z\n', { a: '' }],
  ['m: &x # a\n  k: v\nn: *x # b\n', { a: 'm', b: 'n' }],
  ['s: &x v\nt: *x # a\n', { a: '' }],
  ['m:\n  j: # a\n  - [x, null]\n  - \n# b\nk: v\n', { a: 'm', b: '' }],
  ['a: 1\n...\n# a\n---\nb: 2\n# b\n...\n# c\n', { a: '', b: '', c: '' }],
];

for (const [text, comments] of places) {
  test(`finds every comment of ${JSON.stringify(text)} where sops does`, () => {
    const found: Record<string, string> = {};
    for (const root of readDocuments(text)) {
      walk(root, ({ node, path }) => {
        if (node.kind === 'comment') found[node.text.trim()] = path.join(':');
      });
    }
    assert.deepEqual(found, comments);
  });
}
