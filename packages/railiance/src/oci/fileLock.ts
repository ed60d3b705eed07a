import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { OciError } from './ociError.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './processIdentity.ts';

/*
 * A lock between processes that a crash never leaves behind. Each holder takes the next number as a file `<n>`; the
 * holder is whoever made the highest one, and that file is never removed, only followed by a higher one. So taking over
 * from a dead holder is one exclusive link(2), and of two that try at once only one succeeds.
 */
interface Ticket extends ProcessIdentity {
  readonly released: boolean;
}

const waitLimitMs = 30_000;
/** Age at which a holder in another place, whose life cannot be asked for, is taken for dead. */
const foreignHolderMs = 20_000;
/** Old tickets that stay, so that a reader of the folder that is overtaken still finds a recent one. */
const keptTickets = 16;

const queues = new Map<string, Promise<unknown>>();

/** Runs `work` while holding the lock that lives in `directory`. @throws OciError `busy` when the time is over */
export async function withLock<T>(directory: string, work: () => Promise<T>, limitMs = waitLimitMs): Promise<T> {
  // Within one process the waiters queue up: no polling, and first come is first served.
  const before = queues.get(directory) ?? Promise.resolve();
  const turn = before.then(() => hold(directory, work, limitMs));
  const settled = turn.catch(() => undefined);
  queues.set(directory, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(directory) === settled) queues.delete(directory);
  }
}

async function hold<T>(directory: string, work: () => Promise<T>, limitMs: number): Promise<T> {
  await mkdir(directory, { recursive: true });
  const number = await acquire(directory, limitMs);
  try {
    return await work();
  } finally {
    await rename(await draft(directory, true), join(directory, String(number)));
  }
}

async function acquire(directory: string, limitMs: number): Promise<number> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const highest = (await numbers(directory)).at(-1) ?? 0;
    const holder = await holderOf(join(directory, String(highest)));
    if (holder === undefined) {
      if (await take(directory, highest + 1)) return highest + 1;
    } else if (performance.now() > deadline) {
      throw new OciError('busy', `lock ${directory}: held by process ${holder.pid} for more than ${limitMs} ms`);
    } else {
      await wait(2 + Math.random() * 15);
    }
  }
}

async function take(directory: string, number: number): Promise<boolean> {
  const file = await draft(directory, false);
  try {
    await link(file, join(directory, String(number)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
  const all = await numbers(directory);
  if (all.at(-1) !== number) return false;
  for (const old of all.slice(0, -keptTickets)) await rm(join(directory, String(old)), { force: true });
  return true;
}

async function draft(directory: string, released: boolean): Promise<string> {
  const file = join(directory, `draft-${process.pid}-${randomBytes(6).toString('hex')}`);
  await writeFile(file, JSON.stringify({ ...(await ownIdentity()), released } satisfies Ticket));
  return file;
}

async function numbers(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => /^[1-9][0-9]{0,14}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The living holder of a ticket, or undefined where there is none. */
async function holderOf(file: string): Promise<Ticket | undefined> {
  let ticket: Ticket;
  try {
    ticket = JSON.parse(await readFile(file, 'utf8')) as Ticket;
  } catch (error) {
    // Gone: a higher one came. Not JSON: the machine lost power, and its processes with it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (ticket.released) return undefined;
  const alive = await isAlive(ticket);
  if (alive !== 'unknown') return alive ? ticket : undefined;
  const { mtimeMs } = await stat(file);
  return Date.now() - mtimeMs < foreignHolderMs ? ticket : undefined;
}
