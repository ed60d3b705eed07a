import assert from 'node:assert/strict';
import { test } from 'node:test';

import { diagnose, type Observation } from './diagnosis.ts';

const waiting: Observation = {
  port: 20001,
  wantedPort: 8000,
  elapsedMs: 2000,
  lastProbe: { kind: 'closed' },
  listening: [],
  elsewhereMs: 0,
  timedOut: false,
};

const cases: [string, Partial<Observation>, string | undefined, RegExp?][] = [
  ['still starting', {}, undefined],
  ['its other port came first', { listening: [9090], elsewhereMs: 4000 }, undefined],
  ['both ports are open', { listening: [9090, 20001], elsewhereMs: 9000 }, undefined],
  [
    'on the port it would like',
    { listening: [8000], elsewhereMs: 1000 },
    'ignores-port',
    /listens on 8000 and ignores PORT/,
  ],
  ['on another for long', { listening: [3000], elsewhereMs: 5000 }, 'ignores-port', /listens on 3000 and ignores PORT/],
  ['on another at the end', { listening: [3000], elsewhereMs: 100, timedOut: true }, 'ignores-port'],
  ['silent at the end', { timedOut: true }, 'never-ready', /within 2\.0 s: nothing listens on port 20001/],
  [
    'unready at the end',
    {
      timedOut: true,
      listening: [20001],
      lastProbe: { kind: 'unready', host: '::1', saw: 'GET /healthz answered 503' },
    },
    'never-ready',
    /GET \/healthz answered 503/,
  ],
  [
    'ended',
    { exit: { exitCode: 3, signal: null, outOfMemory: false } },
    'crash',
    /ended with exit code 3 after 2\.0 s/,
  ],
  ['killed', { exit: { exitCode: null, signal: 'SIGSEGV', outOfMemory: false } }, 'crash', /was ended by SIGSEGV/],
  ['too big', { exit: { exitCode: null, signal: 'SIGKILL', outOfMemory: true } }, 'out-of-memory', /ran out of memory/],
  [
    'ended elsewhere',
    { exit: { exitCode: 0, signal: null, outOfMemory: false }, listening: [8000] },
    'crash',
    /exit code 0/,
  ],
];

for (const [name, seen, cause, words] of cases) {
  test(`an instance that is ${name}: ${cause ?? 'no cause yet'}`, () => {
    const found = diagnose({ ...waiting, ...seen });
    assert.equal(found?.name, cause);
    if (words) assert.match(found?.summary ?? '', words);
  });
}
