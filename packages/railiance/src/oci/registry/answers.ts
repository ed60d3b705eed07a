import type { HttpResponse } from './http.ts';
import { RegistryError } from './registryError.ts';

const documentTimeoutMs = 60_000;

/**
 * The whole body of an answer, ended where it is too large, too slow or cut off.
 * @throws RegistryError `too-large`, `unreachable`
 */
export async function readBody(response: HttpResponse, limitBytes: number): Promise<Buffer> {
  const { stream, url } = response;
  const announced = Number(response.headers['content-length'] ?? 0);
  const tooLarge = (size: number) => {
    stream.destroy();
    return new RegistryError('too-large', `the answer has ${size} bytes or more, limit ${limitBytes}`, { url });
  };
  if (announced > limitBytes) throw tooLarge(announced);
  const timer = setTimeout(() => stream.destroy(new Error('the answer takes too long')), documentTimeoutMs);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limitBytes) throw tooLarge(size);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw new RegistryError('unreachable', `the answer was cut off: ${(error as Error).message}`, {
      url,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** @throws RegistryError `invalid` where it is not a JSON object */
export async function readJson(response: HttpResponse, limitBytes: number): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBody(response, limitBytes);
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below: the parser's own message quotes the content.
  }
  throw new RegistryError('invalid', 'the answer is not a JSON object', { url: response.url, status: response.status });
}

const maxErrorBytes = 64 * 1024;

/** The codes and messages of an error answer, bounded and of one line; both empty where it has none. */
export async function readErrors(response: HttpResponse): Promise<{ codes: readonly string[]; problem: string }> {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = await readJson(response, maxErrorBytes);
  } catch {
    return { codes: [], problem: '' };
  }
  const errors = Array.isArray(document.errors) ? document.errors.slice(0, 5) : [];
  const codes: string[] = [];
  const problems: string[] = [];
  for (const entry of errors as readonly Record<string, unknown>[]) {
    const code = typeof entry?.code === 'string' ? oneLine(entry.code) : '';
    const message = typeof entry?.message === 'string' ? oneLine(entry.message) : '';
    if (code !== '') codes.push(code);
    problems.push([code, message].filter((part) => part !== '').join(' '));
  }
  return { codes, problem: problems.join('; ') };
}

function oneLine(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').slice(0, 200);
}

/** Reads what is left of an answer nobody looks at, so that its connection can be used again. */
export async function discard(response: HttpResponse): Promise<void> {
  await readBody(response, maxErrorBytes).catch(() => undefined);
}
