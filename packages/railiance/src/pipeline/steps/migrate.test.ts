import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { target } from '../../domain/name.ts';
import type { TaskResult } from '../../engines/engine.ts';
import { createFakeEngine } from '../../testing/fakeEngine.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleApp } from '../../testing/sampleRelease.ts';
import { createMigrateStep } from './migrate.ts';

const input = {
  target: target('probe', 'canary'),
  run: sampleApp.run,
  command: ['npm', 'run', 'migrate'],
  deploy: { directory: sampleApp.directory, values: [] },
  timeoutMs: 5_000,
};

async function migrate(result: Partial<TaskResult>) {
  const fake = createFakeEngine();
  const ended = { exitCode: 0, signal: null, timedOut: false, lines: [], durationMs: 3, ...result };
  const engine = { ...fake, task: async () => ended };
  const images = { layoutDir: '/images' } as Parameters<typeof createMigrateStep>[0]['images'];
  return await createMigrateStep({ engine, images }).run(input, sampleContext());
}

describe('a migration', () => {
  test('that ends well says its last line', async () => {
    const outcome = await migrate({ lines: ['begin', '3 applied'] });
    assert.ok(outcome.status === 'succeeded');
    assert.equal(outcome.observed, '3 applied');
  });

  const ends: readonly { name: string; result: Partial<TaskResult>; words: RegExp }[] = [
    {
      name: 'fails',
      result: { exitCode: 1, lines: ['column "x" exists', ''] },
      words: /^npm run migrate ended with exit code 1: column "x" exists$/,
    },
    { name: 'is killed', result: { exitCode: null, signal: 'SIGKILL' }, words: /ended with SIGKILL$/ },
    {
      name: 'takes too long',
      result: { exitCode: null, signal: 'SIGTERM', timedOut: true, lines: ['waiting for a lock'] },
      words: /did not end within 5 s: waiting for a lock$/,
    },
  ];
  for (const { name, result, words } of ends) {
    test(`that ${name} is named, with its lines as evidence`, async () => {
      const outcome = await migrate(result);
      assert.ok(outcome.status === 'failed');
      assert.equal(outcome.cause.name, 'migration');
      assert.match(outcome.cause.summary, words);
      assert.deepEqual(outcome.evidence.logs, result.lines ?? []);
    });
  }
});
