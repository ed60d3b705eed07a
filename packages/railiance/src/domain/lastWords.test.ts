import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lastWords } from './lastWords.ts';

const cases: readonly (readonly [name: string, output: string, words: string | undefined])[] = [
  ['nothing', '\n', undefined],
  ['a plain last line', 'error: an old one\nno such table: hubs\n', 'no such table: hubs'],
  [
    'an error event of Node that nobody took',
    `001_probes.sql (expand): already there
node:events:486
      throw er; // Unhandled 'error' event
      ^

error: terminating connection due to administrator command
    at Parser.parseErrorMessage (file:///app/node_modules/pg/lib/parser.js:285:98)
Emitted 'error' event on Client instance at:
    at connectedErrorHandler (/app/node_modules/pg/lib/client.js:174:12) {
  length: 116,
  severity: 'FATAL',
  code: '57P01',
  hint: undefined
}

Node.js v24.21.0
`,
    'error: terminating connection due to administrator command',
  ],
  [
    'a module that Node does not find',
    `node:internal/modules/cjs/loader:1404
  throw err;
  ^

Error: Cannot find module '/app/src/migrat.ts'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1401:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v24.21.0`,
    "Error: Cannot find module '/app/src/migrat.ts'",
  ],
  [
    'a traceback of Python',
    'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: invalid literal',
    'ValueError: invalid literal',
  ],
  [
    'an exception of Java',
    'Exception in thread "main" java.lang.IllegalStateException: no table\n\tat Main.main(Main.java:3)',
    'Exception in thread "main" java.lang.IllegalStateException: no table',
  ],
  [
    'a panic of Go',
    'panic: no such table\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:4 +0x25',
    'panic: no such table',
  ],
  ['only what stands around', 'Node.js v24.21.0', 'Node.js v24.21.0'],
];

for (const [name, output, words] of cases) {
  test(`last words: ${name}`, () => assert.equal(lastWords(output.split('\n')), words));
}
