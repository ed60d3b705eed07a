import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { longestLineBytes } from '../../../exec/lines.ts';
import { neutralise } from '../../../exec/neutralise.ts';
import type { LogLine } from '../../engine.ts';
import { formatLine, parseLine } from './lineFormat.ts';

/** Newest first; with three files of 10 MiB an instance's log is bounded by 30 MiB. */
const files = ['current.log', '1.log', '2.log'] as const;

/** What waits for the disk at most; lines beyond it are counted and dropped, so that a flood cannot fill the memory. */
const longestQueueBytes = 4 * 1024 * 1024;

export interface InstanceLogOptions {
  readonly directory: string;
  readonly instance: string;
  readonly now: () => Date;
  readonly maxFileBytes?: number;
}

/** The lines of one instance on disk, rotated by size, and to whoever follows them. */
export class InstanceLog {
  readonly #options: Required<InstanceLogOptions>;
  readonly #followers = new Set<(line: LogLine) => void>();
  #redact: (text: string) => string = (text) => text;
  #queue: string[] = [];
  #queueBytes = 0;
  #dropped = 0;
  #fileBytes = 0;
  /** Everything that touches the files, one after the other. */
  #work: Promise<void>;

  constructor(options: InstanceLogOptions) {
    this.#options = { maxFileBytes: 10 * 1024 * 1024, ...options };
    // Where this fails, writing does too, and that is answered there.
    const made = mkdir(options.directory, { recursive: true, mode: 0o700 });
    this.#work = made.then(
      () => {},
      () => {},
    );
  }

  /** From now on lines are kept without these; before, the instance does not run. */
  redactWith(redact: (text: string) => string): void {
    this.#redact = redact;
  }

  append(text: string, stream: LogLine['stream']): void {
    const at = this.#options.now().toISOString();
    const line = neutralise(this.#redact(text)).slice(0, longestLineBytes);
    if (this.#queueBytes > longestQueueBytes) {
      this.#dropped++;
      return;
    }
    this.#enqueue({ at, instance: this.#options.instance, stream, line });
  }

  /** Last lines, oldest first. */
  async tail(count: number): Promise<readonly LogLine[]> {
    return this.#inTurn(() => readTail(this.#options.directory, this.#options.instance, count));
  }

  /** Last lines, and then each new one exactly once, until the returned function is called. */
  async follow(count: number, onLine: (line: LogLine) => void): Promise<() => void> {
    return this.#inTurn(async () => {
      const past = await readTail(this.#options.directory, this.#options.instance, count);
      // Nothing is written while this runs; what waits in the queue is newer than the files.
      const waiting = this.#queue.flatMap((text) => parseLine(text, this.#options.instance));
      for (const line of [...past, ...waiting].slice(count === 0 ? past.length + waiting.length : -count)) onLine(line);
      this.#followers.add(onLine);
      return () => this.#followers.delete(onLine);
    });
  }

  /** Resolves when every line so far is on disk. */
  async flush(): Promise<void> {
    await this.#inTurn(async () => {});
  }

  #enqueue(line: LogLine): void {
    const text = formatLine(line);
    if (this.#queue.length === 0) void this.flush();
    this.#queue.push(text);
    this.#queueBytes += Buffer.byteLength(text);
    for (const follower of this.#followers) follower(line);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#work.then(() => this.#write()).then(act);
    this.#work = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** What the disk does not take is counted as dropped: an app runs on without its log. */
  async #write(): Promise<void> {
    if (this.#queue.length === 0) return;
    const { instance, now } = this.#options;
    const dropped = this.#dropped;
    if (dropped > 0) {
      const line = `[${dropped} lines could not be kept: they came too fast, or the disk did not take them]`;
      this.#queue.push(formatLine({ at: now().toISOString(), instance, stream: 'stderr', line }));
    }
    const lines = this.#queue;
    this.#queue = [];
    this.#queueBytes = 0;
    try {
      await this.#append(lines.join(''));
      this.#dropped -= dropped;
    } catch {
      this.#dropped += dropped > 0 ? lines.length - 1 : lines.length;
    }
  }

  async #append(text: string): Promise<void> {
    const { directory, maxFileBytes } = this.#options;
    if (this.#fileBytes > 0 && this.#fileBytes + Buffer.byteLength(text) > maxFileBytes) await rotate(directory);
    const file = await open(join(directory, files[0]), 'a', 0o600);
    try {
      await file.writeFile(text);
      this.#fileBytes = (await file.stat()).size;
    } finally {
      await file.close();
    }
  }
}

/** Last lines of an instance, also of one that ended long ago. */
export async function readTail(directory: string, instance: string, count: number): Promise<readonly LogLine[]> {
  let lines: LogLine[] = [];
  for (const name of files) {
    if (lines.length >= count) break;
    const text = await readFile(join(directory, name), 'utf8').catch(() => '');
    lines = [...text.split(/(?<=\n)/).flatMap((line) => parseLine(line, instance)), ...lines];
  }
  return count === 0 ? [] : lines.slice(-count);
}

async function rotate(directory: string): Promise<void> {
  for (let index = files.length - 1; index > 0; index--) {
    const from = files[index - 1];
    const to = files[index];
    if (from && to) await rename(join(directory, from), join(directory, to)).catch(() => {});
  }
}
