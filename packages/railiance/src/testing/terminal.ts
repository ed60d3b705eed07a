import { PassThrough, Writable } from 'node:stream';

import type { Streams } from '../cli/output.ts';

export interface FakeTerminal extends Streams {
  /** Everything written so far. */
  readonly written: { stdout: string; stderr: string };
}

export interface FakeTerminalOptions {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Error that every write to standard output ends with. */
  readonly writeError?: NodeJS.ErrnoException;
}

/** Standard streams that remember what was written; a pipe's unless they are to be a terminal's. */
export function fakeTerminal({ isTTY = false, columns, rows, writeError }: FakeTerminalOptions = {}): FakeTerminal {
  const written = { stdout: '', stderr: '' };
  const writable = (name: 'stdout' | 'stderr') => {
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (name === 'stdout' && writeError) return done(writeError);
        written[name] += chunk.toString();
        done();
      },
    });
    return Object.assign(stream, isTTY ? { isTTY, columns, rows } : {}) as unknown as NodeJS.WriteStream;
  };
  return {
    written,
    stdin: Object.assign(new PassThrough(), isTTY ? { isTTY } : {}) as unknown as NodeJS.ReadStream,
    stdout: writable('stdout'),
    stderr: writable('stderr'),
  };
}
