import type { Context } from 'hono';
import type { HubEnv } from '../http/env.ts';
import { Problem } from './problem.ts';

export const deepestJson = 64;

/**
 * Reads a body as text, never more than `limitBytes` of it.
 * @throws Problem 413 too large, 415 compressed (a small body could be an endless one), 400 not UTF-8
 */
export async function readText(c: Context<HubEnv>, limitBytes: number): Promise<string> {
  const encoding = c.req.header('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Problem(
      415,
      'unsupported_encoding',
      `Content-Encoding ${encoding} is not taken.`,
      'Send it uncompressed.',
    );
  }
  const declared = c.req.header('content-length');
  if (declared !== undefined && Number(declared) > limitBytes) throw tooLarge(limitBytes);
  // No more than the declared length is ever read: then the body may come at once, which costs a third of a stream.
  const bytes = declared === undefined ? await readStream(c, limitBytes) : await c.req.raw.arrayBuffer();
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem(400, 'invalid_text', 'The body is not UTF-8.', 'Send UTF-8.');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

async function readStream(c: Context<HubEnv>, limitBytes: number): Promise<Uint8Array> {
  const body = c.req.raw.body;
  if (!body) return new Uint8Array();
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
