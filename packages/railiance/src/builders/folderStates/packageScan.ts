import { availableParallelism } from 'node:os';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

import { type FolderState, ownModulesOnly, readFolderState } from './folderState.ts';
import { type Claims, claim, takeFolder } from './shared.ts';

export interface AskedFolder {
  readonly number: number;
  readonly directory: string;
}

export interface Scanned {
  readonly number: number;
  /** Absent where it could not be read. */
  readonly state?: FolderState;
}

/** Starting a thread takes as long as looking at some thousand files. */
const worthAThread = availableParallelism() > 1 ? 100 : Number.POSITIVE_INFINITY;
const mostShared = 65_536;
const atOnce = 16;
/** Far longer than any folder takes: a thread that died is not waited for. */
const patienceMs = 10_000;

// Beside this file in the checkout, and beside its chunk in the bundle.
const entry = import.meta.url.endsWith('.ts') ? './scanThread.ts' : './scanThread.js';

/**
 * Looks at the folders of packages by two threads: what takes long about an unchanged tree is asking the system for the
 * state of each file. The second one begins while packages are still being found; the first helps when it needs the answer.
 */
export class PackageScan {
  readonly #claims: Claims = new Int32Array(new SharedArrayBuffer(mostShared * Int32Array.BYTES_PER_ELEMENT));
  readonly #results = new MessageChannel();
  readonly #folders: string[] = [];
  readonly #states = new Map<string, FolderState>();
  #posted = 0;
  #thread: Worker | undefined;

  /** Says that the state of a folder will be asked for. */
  expect(directory: string): void {
    this.#folders.push(directory);
    const { length } = this.#folders;
    if (length < worthAThread || length > mostShared || length - this.#posted < atOnce) return;
    this.#thread ??= this.#start();
    const asked = this.#folders
      .slice(this.#posted)
      .map((folder, at) => ({ number: this.#posted + at, directory: folder }));
    this.#posted = length;
    this.#thread.postMessage(asked);
  }

  /**
   * By folder.
   * @throws Failure where a folder has a symbolic link that leads out of it
   */
  states(): ReadonlyMap<string, FolderState> {
    // From the end, since the other thread began at the beginning.
    const others: number[] = [];
    for (let number = this.#folders.length - 1; number >= 0; number -= 1) {
      if (number >= this.#posted || takeFolder(this.#claims, number)) this.#read(number);
      else others.push(number);
    }
    for (const number of others) Atomics.wait(this.#claims, number, claim.taken, patienceMs);
    this.#receive();
    for (const number of others) if (!this.#states.has(this.#folders[number] ?? '')) this.#read(number);
    return this.#states;
  }

  close(): void {
    void this.#thread?.terminate();
    this.#results.port1.close();
  }

  #read(number: number): void {
    const directory = this.#folders[number] ?? '';
    this.#states.set(directory, readFolderState(directory, ownModulesOnly));
  }

  #receive(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const directory = this.#folders[next.number];
      if (directory !== undefined && next.state !== undefined) this.#states.set(directory, next.state);
    }
  }

  #next(): Scanned | undefined {
    return receiveMessageOnPort(this.#results.port1)?.message as Scanned | undefined;
  }

  #start(): Worker {
    const { port2 } = this.#results;
    const thread = new Worker(new URL(entry, import.meta.url), {
      workerData: { claims: this.#claims, port: port2 },
      transferList: [port2],
    });
    // Whatever keeps it from working, the first thread then does all of it.
    thread.on('error', () => {});
    thread.unref();
    return thread;
  }
}
