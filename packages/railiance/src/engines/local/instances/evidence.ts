import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Target } from '../../../domain/name.ts';
import type { Evidence } from '../../../domain/verdict.ts';
import { readTail } from '../logs/instanceLog.ts';

const evidenceLines = 50;
const fileName = 'end.json';
/** Ended instances whose logs are kept, for each app and stage. */
const keptLogs = 10;

/** How an instance ended, as it is kept beside its log. */
export interface InstanceEnd {
  readonly at: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string;
}

export function targetLogsDir(logsDir: string, { app, stage }: Target): string {
  return join(logsDir, `${app}.${stage}`);
}

export async function recordEnd(logDir: string, end: InstanceEnd): Promise<void> {
  await writeFile(join(logDir, fileName), JSON.stringify(end), { mode: 0o600 });
}

export async function readEnd(logDir: string): Promise<InstanceEnd | undefined> {
  const text = await readFile(join(logDir, fileName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as InstanceEnd);
}

/** Last lines and the end of an instance, from disk: lines were redacted before they were written. */
export async function evidenceOf(
  logDir: string,
  instanceId: string,
  details: Readonly<Record<string, unknown>>,
): Promise<Evidence> {
  const [lines, end] = await Promise.all([readTail(logDir, instanceId, evidenceLines), readEnd(logDir)]);
  return {
    logs: lines.map(({ line }) => line),
    ...(end ? { exitCode: end.exitCode, signal: end.signal } : {}),
    details: end ? { ...details, ended: end.at, reason: end.reason } : details,
  };
}

/** Removes the logs of all but the last instances that ended. */
export async function pruneLogs(directory: string, running: ReadonlySet<string>): Promise<void> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => !running.has(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, changedMs: (await stat(join(directory, name))).mtimeMs })),
  );
  dated.sort((a, b) => b.changedMs - a.changedMs);
  for (const { name } of dated.slice(keptLogs)) await rm(join(directory, name), { recursive: true, force: true });
}
