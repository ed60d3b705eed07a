import assert from 'node:assert/strict';

import { assertSettled, view } from './invariants.ts';
import { Subject } from './subject.ts';

const stage = 'canary';
const cli = new URL('../../packages/railiance/bin/railiance.js', import.meta.url).pathname;

export interface RaceOptions {
  readonly races: number;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

/** Two deploys of one app, let go by one barrier: one writes, the other is told who does. */
export async function races({ races: count, random, say }: RaceOptions): Promise<void> {
  const subject = new Subject();
  try {
    await subject.must(0, 'local', 'up', '--port', String(30_000 + Math.floor(random() * 2_000)));
    await subject.must(0, 'deploy', '--stage', stage);
    let overlaps = 0;
    for (let race = 1; race <= count; race += 1) {
      subject.change();
      const before = (await view(subject, stage)).release?.number ?? 0;
      const waiting = [1, 2].map(() =>
        subject.spawn(
          '/bin/sh',
          ['-c', 'read go; exec "$@"', 'racer', process.execPath, cli, 'deploy', '--stage', stage],
          'pipe',
        ),
      );
      for (const { child } of waiting) child.stdin?.end('go\n');
      const ended = await Promise.all(waiting.map(({ ended: end }) => end));
      const codes = ended.map(({ exitCode }) => exitCode).sort();
      const loser = ended.find(({ exitCode }) => exitCode === 3);
      assert(
        codes.join() === '0,3' || codes.join() === '0,0',
        `race ${race}: exit codes ${codes}: ${ended.map(({ stderr }) => stderr).join('\n')}`,
      );
      if (loser) {
        overlaps += 1;
        assert.match(loser.stderr, /held by .+ process \d+, `deploy probe/, 'the holder is named');
      }
      const after = await assertSettled(subject, stage);
      assert.equal(after.release?.number, before + 1, `race ${race}: I3: one release came of it`);
      say(`ok  race ${race} of ${count}: ${loser ? 'one writer, the other was told' : 'one after the other'}`);
    }
    assert(overlaps >= count * 0.9, `only ${overlaps} of ${count} races overlapped`);
    say(`races: ${overlaps} of ${count} overlapped, one writer each`);
  } finally {
    await subject.remove();
  }
}
