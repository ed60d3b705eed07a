import { Readable } from 'node:stream';

import type { Command } from './exec.ts';

export interface GivenInput {
  readonly source: Readable | undefined;
  /** @throws what the source of the input threw: the program saw it cut short, which says nothing */
  check(): void;
}

/** What a program reads. One that ends before it has read all of it is no error: its exit code says what it thinks. */
export function givenInput(input: Command['input']): GivenInput {
  if (input === undefined) return { source: undefined, check: () => {} };
  let thrown: { readonly error: unknown } | undefined;
  const chunks = typeof input === 'string' ? [Buffer.from(input)] : input instanceof Uint8Array ? [input] : input;
  const noted = async function* () {
    try {
      yield* chunks;
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  return {
    source: Readable.from(noted(), { objectMode: false, highWaterMark: 1024 * 1024 }),
    check: () => {
      if (thrown !== undefined) throw thrown.error;
    },
  };
}
