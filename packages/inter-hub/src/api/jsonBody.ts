import { Buffer, isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { HubEnv } from '../http/env.ts';
import { requestHeader } from '../http/requestHeader.ts';
import { Problem } from './problem.ts';

export const deepestJson = 64;

/**
 * Reads a body as text, never more than `limitBytes` of it.
 * @throws Problem 413 too large, 415 compressed (a small body could be an endless one), 400 not UTF-8
 */
export async function readText(c: Context<HubEnv>, limitBytes: number): Promise<string> {
  const encoding = requestHeader(c, 'content-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Problem(
      415,
      'unsupported_encoding',
      `Content-Encoding ${encoding} is not taken.`,
      'Send it uncompressed.',
    );
  }
  const declared = requestHeader(c, 'content-length');
  if (declared !== undefined && Number(declared) > limitBytes) throw tooLarge(limitBytes);
  const incoming = c.env?.incoming;
  const bytes = incoming ? await readSocket(incoming, limitBytes) : await readStream(c, limitBytes);
  if (!isUtf8(bytes)) throw new Problem(400, 'invalid_text', 'The body is not UTF-8.', 'Send UTF-8.');
  return bytes.toString('utf8', startsWithMark(bytes) ? 3 : 0);
}

/** A mark at the start of UTF-8 is allowed and means nothing. */
function startsWithMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** From Node's own request: through a web stream it costs a large part of what a small event costs in all. */
function readSocket(incoming: Readable, limitBytes: number): Promise<Buffer> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes <= limitBytes) return chunks.push(chunk);
      incoming.pause();
      failed(tooLarge(limitBytes));
    });
    incoming.on('end', () => done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    incoming.on('error', failed);
    incoming.on('close', () => {
      if (!incoming.readableEnded) failed(new Problem(400, 'cut_off', 'The body ended early.', 'Send it again.'));
    });
  });
}

async function readStream(c: Context<HubEnv>, limitBytes: number): Promise<Buffer> {
  const body = c.req.raw.body;
  if (!body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws Problem 400 for what is not JSON or nested deeper than `deepestJson` */
export function parseJson(text: string): unknown {
  if (depth(text) > deepestJson) {
    throw new Problem(400, 'too_deep', `The body is nested deeper than ${deepestJson}.`, 'Send flatter data.');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw new Problem(400, 'invalid_json', `The body is not JSON: ${reason.slice(0, 200)}`, 'Check the body.');
  }
}

/** Deepest nesting of brackets outside strings; told before parsing, since what comes after it recurses. */
function depth(text: string): number {
  let deepest = 0;
  let level = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      level += 1;
      if (level > deepest) deepest = level;
    } else if (code === 0x7d || code === 0x5d) level -= 1;
  }
  return deepest;
}

function tooLarge(limitBytes: number): Problem {
  return new Problem(413, 'too_large', `The body is larger than ${limitBytes} bytes.`, 'Send less at once.');
}
