import { utimes } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { replaceDurably, syncFolder } from '../../files/durableFile.ts';
import type { Outbox, OwedRun, RunRef } from './outbox.ts';
import { watchFolder } from './watchFolder.ts';

const schema = 'railiance.outbox.v1';

/**
 * The outbox as files of one folder: `<app>.<stage>.<run>.json`, written by whoever runs, and the same name with `.sent`,
 * written by the sender. So each file has one writer.
 */
export function createFileOutbox(folder: string): Outbox {
  const fileOf = (run: RunRef, ending: string) => join(folder, `${nameOf(run)}.${ending}`);

  return {
    async add(run) {
      await replaceDurably(fileOf(run, 'json'), `${JSON.stringify({ schema, ...run })}\n`);
    },

    nudge(run) {
      const now = new Date();
      utimes(fileOf(run, 'json'), now, now, () => {});
    },

    async list() {
      const names = await readdir(folder).catch(ignoreMissing<string[]>([]));
      const runs = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => read(folder, name)));
      return runs
        .filter((run) => run !== undefined)
        .sort((one, other) => one.since.localeCompare(other.since) || one.runId.localeCompare(other.runId));
    },

    async settle(run, seq) {
      await replaceDurably(fileOf(run, 'sent'), String(seq));
    },

    async remove(run) {
      // In this order: a run without its mark would be told again from the start.
      await rm(fileOf(run, 'json'), { force: true });
      await syncFolder(folder).catch(ignoreMissing(undefined));
      await rm(fileOf(run, 'sent'), { force: true });
    },

    watch: () => watchFolder(folder),
  };
}

/** Slugs, stages and run ids hold no dot. */
function nameOf({ app, stage, runId }: RunRef): string {
  return `${app}.${stage}.${runId}`;
}

async function read(folder: string, name: string): Promise<OwedRun | undefined> {
  const text = await readFile(join(folder, name), 'utf8').catch(ignoreMissing(''));
  const sent = await readFile(join(folder, name.replace(/json$/, 'sent')), 'utf8').catch(ignoreMissing('0'));
  try {
    const run = JSON.parse(text) as OwedRun & { readonly schema: unknown };
    if (run.schema !== schema) return undefined;
    const { schema: _, ...rest } = run;
    return { ...rest, delivered: Number(sent) || 0 };
  } catch {
    return undefined;
  }
}

function ignoreMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
