import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import type { RunEntry, RunRecord } from '../domain/runRecord.ts';
import type { Evidence } from '../domain/verdict.ts';
import { replaceDurably, syncFolder } from '../files/durableFile.ts';
import { JournalFailed } from './journalFailed.ts';
import { decodeJournal, encodeRecords, type JournalContent } from './journalFormat.ts';
import type { Journal } from './runStore.ts';

const fileName = 'journal.jsonl';
const evidenceFolder = 'evidence';

/** What of a file handle a journal needs; tests give one that fails. */
export type JournalHandle = Pick<FileHandle, 'write' | 'datasync' | 'close'>;
export type OpenHandle = (file: string) => Promise<JournalHandle>;

const openForAppending: OpenHandle = (file) => open(file, 'a', 0o600);

interface JournalOptions {
  /** Folder of the run, absolute. */
  readonly folder: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly openHandle?: OpenHandle;
}

export function journalFile(folder: string): string {
  return join(folder, fileName);
}

/**
 * The folder of a run appears whole, with the first record in it, or not at all.
 * @throws JournalFailed, also where there is such a run already
 */
export async function createJournal(options: JournalOptions, first: RunEntry): Promise<Journal> {
  const { folder, clock } = options;
  const file = journalFile(folder);
  return await asJournalFailed(file, async () => {
    const at = clock.now().toISOString();
    const { text, hash, records } = encodeRecords([first], { seq: 0, at, prev: '' });
    const unborn = join(dirname(folder), `.${basename(folder)}`);
    await mkdir(join(unborn, evidenceFolder), { recursive: true, mode: 0o700 });
    await replaceDurably(journalFile(unborn), text);
    await rename(unborn, folder);
    await syncFolder(dirname(folder));
    return await appendTo(options, { records, lastHash: hash, validBytes: Buffer.byteLength(text) });
  });
}

/**
 * Goes on with a journal whose process died. What is not valid at its end is kept in a file beside it. The valid part is
 * written anew under the same name: a process that still has the old file open adds to a file without a name.
 * @throws JournalFailed
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { folder, clock } = options;
  const file = journalFile(folder);
  return await asJournalFailed(file, async () => {
    const bytes = await readFile(file);
    const content = decodeJournal(bytes);
    const rest = bytes.subarray(content.validBytes);
    const setAside = join(folder, `damaged-${clock.now().toISOString().replaceAll(/[:.]/g, '-')}.jsonl`);
    if (rest.length > 0) await replaceDurably(setAside, rest);
    await replaceDurably(file, bytes.subarray(0, content.validBytes));
    return await appendTo(options, content, rest.length > 0 ? setAside : undefined);
  });
}

async function appendTo(options: JournalOptions, content: JournalContent, setAside?: string): Promise<Journal> {
  const { folder, runId, clock, openHandle = openForAppending } = options;
  const file = journalFile(folder);
  const handle = await openHandle(file);
  const records: RunRecord[] = [...content.records];
  let prev = content.lastHash;
  let failed: JournalFailed | undefined;

  return {
    runId,
    records,
    evidenceDir: join(folder, evidenceFolder),
    ...(setAside !== undefined && { setAside }),

    async append(...entries) {
      // After a failed fsync nobody knows what is on the disk, and a second one would not tell: https://lwn.net/Articles/752063/
      if (failed) throw failed;
      const after = { seq: records.length, at: clock.now().toISOString(), prev };
      const written = encodeRecords(entries, after);
      try {
        await writeWhole(handle, Buffer.from(written.text));
        await handle.datasync();
      } catch (error) {
        failed = new JournalFailed(file, error);
        throw failed;
      }
      prev = written.hash;
      records.push(...written.records);
    },

    async saveEvidence(step: string, evidence: Evidence) {
      const path = join(folder, evidenceFolder, `${String(records.length).padStart(3, '0')}-${step}.json`);
      await asJournalFailed(path, () => replaceDurably(path, `${JSON.stringify(evidence, null, 2)}\n`));
      return path;
    },

    close: () => handle.close(),
  };
}

async function writeWhole(handle: JournalHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written);
    if (bytesWritten === 0) throw new Error('nothing could be written');
    written += bytesWritten;
  }
}

async function asJournalFailed<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof JournalFailed ? error : new JournalFailed(file, error);
  }
}
