import { statfs } from 'node:fs/promises';

import { problemOf } from '../domain/failure.ts';
import { defineCheck } from './check.ts';

export interface DiskSpaceInput {
  /** Any path on the disk that is meant. */
  readonly folder: string;
  readonly leastBytes: number;
}

/** Is there room for what the run will write? Asked before it writes: half an image on a full disk helps nobody. */
export const diskSpaceCheck = defineCheck<DiskSpaceInput>({
  name: 'disk space',
  async run({ folder, leastBytes }) {
    const started = performance.now();
    const ended = () => ({ name: 'disk space', durationMs: Math.round(performance.now() - started) });
    try {
      const { bavail, bsize } = await statfs(folder);
      const freeBytes = bavail * bsize;
      const summary = `${inMiB(freeBytes)} free in ${folder}`;
      const evidence = { folder, freeBytes, leastBytes };
      if (freeBytes >= leastBytes) return { ...ended(), verdict: 'pass', summary, evidence };
      const hint = 'free some space there; the folders cache/ and images/ of the state directory are the largest';
      return { ...ended(), verdict: 'fail', summary: `${summary}, ${inMiB(leastBytes)} needed`, hint, evidence };
    } catch (error) {
      return { ...ended(), verdict: 'unknown', summary: `free space of ${folder} is not known: ${problemOf(error)}` };
    }
  },
});

function inMiB(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`;
}
