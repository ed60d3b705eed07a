import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { scratchDirectory } from '../../testing/scratch.ts';
import { watchFolder } from './watchFolder.ts';

const { signal } = new AbortController();

/** Milliseconds that a call took, which would have taken a minute without a change. */
async function waited(watch: ReturnType<typeof watchFolder>): Promise<number> {
  const started = performance.now();
  await watch.change(60_000, signal);
  return performance.now() - started;
}

test('what comes in between two looks is not missed, and nothing of a look stays with the signal', async () => {
  const folder = await scratchDirectory('watch');
  const watch = watchFolder(folder);
  try {
    await writeFile(join(folder, 'one.json'), '');
    assert.ok((await waited(watch)) < 30_000);
    setTimeout(() => writeFile(join(folder, 'two.json'), ''), 50);
    assert.ok((await waited(watch)) < 30_000);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  } finally {
    watch.close();
  }
});

test('a folder that is taken away ends no process: the time alone has to do', async () => {
  const folder = await scratchDirectory('watch');
  const watch = watchFolder(folder);
  await rm(folder, { recursive: true });
  await watch.change(50, signal);
  watch.close();
});
