import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { Constraint } from '../../domain/blueprint.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { checkContext, checkContract } from '../contract.ts';
import { constraintCheck } from './constraint.ts';

const exec = createLocalExec();
const file = join(await scratchDirectory('constraint'), 'lib.a');
const node = { name: 'seed', env: { MOOD: 'calm' } };
const about = (check: NonNullable<Constraint['check']>, more: Partial<Constraint> = {}) => ({
  node,
  exec,
  constraint: { name: 'archive whole', check, ...more },
});

checkContract('constraint', () => ({
  check: constraintCheck,
  pass: about({ kind: 'command', command: ['true'] }),
  fail: about({ kind: 'command', command: ['false'] }),
  unknown: about({ kind: 'command', command: ['no-such-program-at-all'] }),
  asks: true,
  context: () => ({}),
}));

describe('a constraint of a node', () => {
  const server = createServer();
  let port = 0;
  before(async () => {
    await writeFile(file, 'x'.repeat(2048));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  after(() => server.close());

  const see = async (check: NonNullable<Constraint['check']>, more: Partial<Constraint> = {}) =>
    await constraintCheck.run(
      about(check, more),
      checkContext({ redact: (text) => text.replaceAll('hunter2', '[secret]') }),
    );

  test('is named with its node', async () => {
    assert.equal((await see({ kind: 'memory-free', bytes: 1 })).name, 'seed: archive whole');
  });

  test('of a file goes by its size, and tells a missing one from a short one', async () => {
    assert.equal((await see({ kind: 'file', path: file, minSizeBytes: 2048 })).verdict, 'pass');
    const short = await see({ kind: 'file', path: file, minSizeBytes: 2049 });
    assert.equal(short.verdict, 'fail');
    assert.deepEqual(short.evidence, { path: file, leastBytes: 2049, sizeBytes: 2048 });
    const missing = await see({ kind: 'file', path: `${file}.gone` });
    assert.equal(missing.verdict, 'fail');
    assert.match(missing.summary, /cannot be read: .*No such file/);
  });

  test('of memory goes by what is available', async () => {
    assert.equal((await see({ kind: 'memory-free', bytes: 2 ** 20 })).verdict, 'pass');
    assert.match(
      (await see({ kind: 'memory-free', bytes: 2 ** 60 })).summary,
      /MiB of memory available, \d+ MiB are needed/,
    );
  });

  test('of a command goes by what it says, in the environment of the node', async () => {
    const command = ['sh', '-c', 'echo "mood: $MOOD, hunter$((1+1))"'];
    assert.equal((await see({ kind: 'command', command, expect: '/mood: calm/' })).verdict, 'pass');
    const wrong = await see({ kind: 'command', command, expect: 'mood: wild' });
    assert.equal(wrong.verdict, 'fail');
    assert.ok(!JSON.stringify(wrong).includes('hunter2'), 'secrets are taken out');
  });

  test('of a port goes by whether it answers', async () => {
    assert.equal((await see({ kind: 'port', port })).verdict, 'pass');
    assert.match((await see({ kind: 'port', port: 1 })).summary, /127\.0\.0\.1:1 does not answer/);
  });

  test('says what it leads to and what helps, as the blueprint has them', async () => {
    const words = { impact: 'the build crashes', mitigation: 'patch the archive' };
    const seen = await see({ kind: 'file', path: file, minSizeBytes: 4096 }, words);
    assert.match(seen.summary, /\(impact: the build crashes\)$/);
    assert.equal(seen.hint, 'patch the archive');
  });
});
