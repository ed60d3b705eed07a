import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connectionFailure } from './connectionFailure.ts';

const target = { host: 'haskelseed', user: 'root', port: 2222 };

const cases: readonly [stderr: string, exitCode: number, problem: RegExp, hint: RegExp][] = [
  [
    '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @',
    4,
    /host key is not the one/,
    /ssh-keygen -R '\[haskelseed\]/,
  ],
  ['Host key verification failed.', 4, /not known here/, /ssh -l root -p 2222 haskelseed/],
  ['root@h: Permission denied (publickey).', 6, /none of the keys/, /without a password/],
  ['ssh: Could not resolve hostname haskelseed: Name or service not known', 6, /Could not resolve/, /must work/],
  ['ssh: connect to host h port 22: Connection refused', 6, /Connection refused/, /must work/],
];

for (const [stderr, exitCode, problem, hint] of cases) {
  test(stderr.slice(0, 60), () => {
    const failure = connectionFailure('builder', target, `${stderr}\r\n`);
    assert.equal(failure?.action, 'reach builder by SSH');
    assert.equal(failure?.exitCode, exitCode);
    assert.match(failure?.problem ?? '', problem);
    assert.match(failure?.hint ?? '', hint);
  });
}

test('a program that itself ends with 255 is no matter of the connection', () => {
  assert.equal(connectionFailure('builder', target, 'error: build of x failed'), undefined);
});
