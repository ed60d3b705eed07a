import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { CheckResult } from '../../domain/verdict.ts';
import type { GateCheck } from '../../pipeline/stepPorts.ts';
import { formatAge } from '../output/format.ts';

/** How long what a check saw may stand for looking again. */
export interface Memory {
  /** Folder that may be deleted at any time. */
  readonly folder: string;
  readonly maxAgeMs: number;
  /** What was looked at: another question is another answer. */
  readonly about: unknown;
  /** Look again whatever is known; what is seen is remembered all the same. */
  readonly fresh: boolean;
}

interface Remembered {
  /** ISO 8601. */
  readonly seenAt: string;
  readonly result: CheckResult;
}

/**
 * Lets a check that takes long stand for a while after it passed, and says so with its age. Only `pass` is remembered: what
 * stood in the way is looked at again each time. A clock that was set back makes nothing younger.
 */
export function rememberedCheck(check: GateCheck, { folder, maxAgeMs, about, fresh }: Memory): GateCheck {
  const key = createHash('sha256')
    .update(JSON.stringify([check.name, about]))
    .digest('hex')
    .slice(0, 32);
  const file = join(folder, `${key}.json`);
  return {
    ...check,
    async run(context) {
      const started = performance.now();
      const known = fresh ? undefined : await recall(file);
      const ageMs = known ? Date.now() - Date.parse(known.seenAt) : -1;
      if (known && ageMs >= 0 && ageMs <= maxAgeMs) return withAge(known, ageMs, performance.now() - started);
      const result = await check.run(context);
      if (result.verdict === 'pass') await remember(file, { seenAt: new Date().toISOString(), result });
      return result;
    },
  };
}

function withAge({ seenAt, result }: Remembered, ageMs: number, tookMs: number): CheckResult {
  return {
    ...result,
    summary: `${result.summary} (seen ${formatAge(new Date(Date.now() - ageMs), new Date())})`,
    evidence: { ...result.evidence, seenAt, ageMs },
    durationMs: Math.round(tookMs),
  };
}

async function recall(file: string): Promise<Remembered | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Remembered;
  } catch {
    return undefined;
  }
}

/** Without it the next look takes longer, and nothing else: so what stands in the way of writing is no failure. */
async function remember(file: string, seen: Remembered): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, JSON.stringify(seen), { mode: 0o600 });
    await rename(temporary, file);
  } catch {
    // a full disk is for the checks of room to name
  }
}
