import type { IncomingMessage } from 'node:http';

/** An answer other than 2xx that a route decides on. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const mostBytes = 16 * 1024;

/** The whole body as text. @throws Refusal for another media type (415) or more than 16 KiB (413) */
export async function readBody(request: IncomingMessage, mediaType: string): Promise<string> {
  const given = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (given !== mediaType) throw new Refusal(415, `send ${mediaType}`);
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): Refusal {
  return new Refusal(413, `send at most ${mostBytes} bytes`);
}
