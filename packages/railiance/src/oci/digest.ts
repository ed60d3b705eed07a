import { createHash } from 'node:crypto';

import { OciError, quoted } from './ociError.ts';
import type { Digest } from './types.ts';

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && digestPattern.test(text);
}

/**
 * Only sha256 is taken: digests become file names, so nothing else may pass.
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 * @throws OciError `invalid`
 */
export function parseDigest(text: unknown): Digest {
  if (isDigest(text)) return text;
  throw new OciError('invalid', `${quoted(text)} is not a digest: expected sha256: and 64 lower-case hex digits`);
}

/** The 64 hex digits. @throws OciError `invalid` */
export function digestHex(digest: Digest): string {
  return parseDigest(digest).slice('sha256:'.length);
}

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export interface Measured {
  readonly digest: Digest;
  readonly size: number;
}

/** Hashes and counts what passes through it. */
export class Meter {
  readonly #hash = createHash('sha256');
  #size = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  get size(): number {
    return this.#size;
  }

  /** Ends the count; may be called once. */
  finish(): Measured {
    return { digest: `sha256:${this.#hash.digest('hex')}`, size: this.#size };
  }
}

/** Digest and length of a stream, in constant memory. */
export async function measure(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Measured> {
  const meter = new Meter();
  for await (const chunk of content) meter.add(chunk);
  return meter.finish();
}
