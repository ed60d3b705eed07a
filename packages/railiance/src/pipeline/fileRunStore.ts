import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import type { Clock } from '../domain/clock.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { isName, type Target, targetLabel } from '../domain/name.ts';
import { createJournal, journalFile, type OpenHandle, openJournal } from './journal.ts';
import { decodeJournal } from './journalFormat.ts';
import { isRunId, numberOfRun } from './runId.ts';
import type { RunStore } from './runStore.ts';

export interface FileRunStoreOptions {
  readonly home: Home;
  readonly clock: Clock;
  /** How a journal is opened for appending; for tests of a failing disk. */
  readonly openHandle?: OpenHandle;
}

/** Runs as files of this machine: `<home>/apps/<app>/<stage>/runs/<run>/` with `journal.jsonl` and `evidence/`. */
export function createFileRunStore({ home, clock, openHandle }: FileRunStoreOptions): RunStore {
  const folderOf = (target: Target, runId: string) => {
    if (!isRunId(runId)) throw unknownRun(target, runId);
    return join(home.target(target), 'runs', runId);
  };
  const optionsFor = (target: Target, runId: string) => ({
    folder: folderOf(target, runId),
    runId,
    clock,
    ...(openHandle && { openHandle }),
  });

  return {
    create: async (target, runId, first) => await createJournal(optionsFor(target, runId), first),

    open: async (target, runId) => await openJournal(optionsFor(target, runId)),

    async read(target, runId) {
      const bytes = unlessMissing(() => readFileSync(journalFile(folderOf(target, runId))));
      if (!bytes) throw unknownRun(target, runId);
      return decodeJournal(bytes).records;
    },

    async list(target) {
      const names = unlessMissing(() => readdirSync(join(home.target(target), 'runs'))) ?? [];
      // A run of a cluster leaves a folder of evidence here, and its journal there.
      const isOurs = (runId: string) => isRunId(runId) && existsSync(journalFile(folderOf(target, runId)));
      return names.filter(isOurs).sort((a, b) => numberOfRun(b) - numberOfRun(a));
    },
  };
}

/** Small files and folders are there at once; Node's thread pool would take longer. */
function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Every app and stage that had a run here. */
export function runTargets(home: Home): readonly Target[] {
  const namesIn = (folder: string) => (unlessMissing(() => readdirSync(folder)) ?? []).filter(isName);
  const targets = namesIn(home.apps).flatMap((app) =>
    namesIn(join(home.apps, app)).map((stage): Target => ({ app, stage })),
  );
  return targets.filter((target) => existsSync(join(home.target(target), 'runs')));
}

function unknownRun(target: Target, runId: string): Failure {
  return new Failure(
    `read run ${JSON.stringify(runId.slice(0, 80))} of ${targetLabel(target)}`,
    'there is no such run',
    {
      hint: '`railiance history` lists the runs',
      exitCode: exitCodes.invalidInput,
    },
  );
}
