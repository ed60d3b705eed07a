import { type Measured, Meter } from '../digest.ts';
import { Permits } from '../permits.ts';
import type { Descriptor, Digest } from '../types.ts';
import { discard } from './answers.ts';
import type { HttpResponse, ReplayableBody } from './http.ts';
import { RegistryError } from './registryError.ts';
import type { Repository } from './repository.ts';
import { mayPass } from './transport.ts';

/** Content that gives the same bytes each time it is opened, so that an upload can be taken up or begun again. */
export interface UploadContent {
  /** Digest and size where they are known before the content was read. */
  readonly known?: Pick<Descriptor, 'digest' | 'size'>;
  /** A chunk is valid until the next one is asked for. */
  open(): AsyncIterable<Uint8Array>;
}

export interface UploadOptions {
  /** Called with the bytes that went out, each time some did. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const octets = { 'content-type': 'application/octet-stream' };
/** Of the rest of a broken upload, which has to be announced piece by piece. */
const pieceBytes = 4 * 1024 * 1024;

/** An upload that has begun: where it goes on, and how much of it the registry has. */
interface Session {
  readonly location: URL;
  readonly received: number;
}

/**
 * Uploads of blobs to one repository. A broken one goes on where the registry says it was; one that cannot go on begins
 * again. Where the registry cannot take several at once and answers 500, they go one at a time from then on.
 */
export class Uploads {
  readonly #repository: Repository;
  readonly #permits: Permits;
  /** Whether the registry takes a blob in one POST; undefined before the first one. */
  #takesWhole: boolean | undefined;

  constructor(repository: Repository, parallel = 4) {
    this.#repository = repository;
    this.#permits = new Permits(parallel);
  }

  /** Uploads at once now. */
  get parallel(): number {
    return this.#permits.limit;
  }

  /** A blob that is in memory: one request where the registry takes it so, else two. */
  putBytes(bytes: Uint8Array, digest: Digest, { onSent, signal }: UploadOptions = {}): Promise<void> {
    return this.#persist(digest, signal, async () => {
      const begun = await this.#begin(this.#takesWhole === false ? undefined : { bytes, digest }, signal);
      if (begun !== undefined) await this.#finish(begun.location, digest, bytes, signal);
      onSent?.(bytes.length);
    });
  }

  /** A blob of any size, in the memory of one chunk. Resolves with what was sent. */
  async putStream(content: UploadContent, { onSent = () => {}, signal }: UploadOptions = {}): Promise<Measured> {
    let session: Session | undefined;
    let measured: Measured | undefined = content.known;
    await this.#persist(
      () => measured?.digest,
      signal,
      async () => {
        session = (session && (await this.#received(session, signal))) ?? (await this.#begin(undefined, signal));
        if (session === undefined) throw new RegistryError('invalid', 'the registry took an upload without content');
        const { location, received } = session;
        if (content.known !== undefined && received === 0) {
          const { digest, size } = content.known;
          const body = { sizeBytes: size, open: () => counted(content.open(), new Meter(), onSent) };
          return this.#finish(location, digest, body, signal);
        }
        const sent =
          received === 0
            ? await this.#sendAll(location, content, onSent, signal)
            : await this.#sendRest(session, content, onSent, signal);
        measured = sent.measured;
        await this.#finish(sent.location, measured.digest, new Uint8Array(), signal);
      },
      (error) => {
        // The registry is somewhere else than it said, or has other bytes: only a new upload helps.
        if (error.status !== undefined && error.status < 500) session = undefined;
      },
    );
    if (measured === undefined) throw new RegistryError('invalid', 'an upload ended without content');
    return { digest: measured.digest, size: measured.size };
  }

  /** Takes a blob from another repository of the registry. False where that did not work; nothing is left to tidy then. */
  async mount(digest: Digest, from: string, signal?: AbortSignal): Promise<boolean> {
    const url = this.#repository.path(`blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`);
    const expect = [201, 202, 400, 401, 403, 404, 405];
    const response = await this.#repository.request({ method: 'POST', url, expect, signal });
    await discard(response);
    // Old registries say 201 without doing it.
    if (response.status === 201) return (await this.#repository.blobSize(digest, signal)) !== undefined;
    if (response.status === 202) await this.#abandon(response, signal);
    return false;
  }

  /** Repeats `attempt` while that may help; a blob that is there all the same ends it well. */
  async #persist(
    digest: Digest | (() => Digest | undefined),
    signal: AbortSignal | undefined,
    attempt: () => Promise<void>,
    afterFailure: (error: RegistryError) => void = () => {},
  ): Promise<void> {
    const { transport } = this.#repository;
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.#permits.run(attempt);
      } catch (error) {
        const helps = mayPass(error) || isLostUpload(error);
        if (!helps || signal?.aborted || failures >= transport.attempts) throw error;
        if (error.status === 500) this.#permits.narrow(1);
        afterFailure(error);
        await transport.pause(failures, signal, error);
        // The answer to the last request may be what was lost.
        const known = typeof digest === 'function' ? digest() : digest;
        if (known !== undefined && (await this.#repository.blobSize(known, signal)) !== undefined) return;
      }
    }
  }

  /** Undefined where the registry took the whole blob at once. */
  async #begin(whole: { bytes: Uint8Array; digest: Digest } | undefined, signal: AbortSignal | undefined) {
    const query = whole ? `?digest=${whole.digest}` : '';
    const response = await this.#repository.request({
      method: 'POST',
      url: this.#repository.path(`blobs/uploads/${query}`),
      ...(whole && { headers: octets, body: whole.bytes }),
      expect: whole ? [201, 202] : [202],
      repeat: false,
      signal,
    });
    await discard(response);
    if (whole) this.#takesWhole = response.status === 201;
    return response.status === 201 ? undefined : { location: locationOf(response), received: 0 };
  }

  async #sendAll(
    location: URL,
    content: UploadContent,
    onSent: (bytes: number) => void,
    signal: AbortSignal | undefined,
  ) {
    let meter = new Meter();
    const body: ReplayableBody = {
      open: () => {
        meter = new Meter();
        return counted(content.open(), meter, onSent);
      },
    };
    const next = await this.#patch(location, body, {}, signal);
    return { location: next, measured: meter.finish() };
  }

  /** Reads the content again, leaves out what the registry has, and announces each piece. */
  async #sendRest(
    { location, received }: Session,
    content: UploadContent,
    onSent: (bytes: number) => void,
    signal: AbortSignal | undefined,
  ) {
    const meter = new Meter();
    let next = location;
    let start = received;
    for await (const piece of piecesOf(
      counted(content.open(), meter, () => {}),
      received,
    )) {
      const headers = { 'content-range': `${start}-${start + piece.length - 1}` };
      next = await this.#patch(next, piece, headers, signal);
      start += piece.length;
      onSent(piece.length);
    }
    return { location: next, measured: meter.finish() };
  }

  async #patch(
    url: URL,
    body: ReplayableBody | Uint8Array,
    range: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<URL> {
    const headers = { ...octets, ...range };
    const expect = [201, 202, 204];
    const response = await this.#repository.request({
      method: 'PATCH',
      url,
      headers,
      body,
      expect,
      repeat: false,
      signal,
    });
    await discard(response);
    return response.headers.location === undefined ? url : locationOf(response);
  }

  async #finish(location: URL, digest: Digest, body: ReplayableBody | Uint8Array, signal: AbortSignal | undefined) {
    const url = new URL(location);
    url.searchParams.set('digest', digest);
    const headers = octets;
    const expect = [201, 202, 204];
    discard(await this.#repository.request({ method: 'PUT', url, headers, body, expect, repeat: false, signal }));
  }

  /** What the registry has of a broken upload; undefined where it has nothing that could be taken up. */
  async #received({ location }: Session, signal: AbortSignal | undefined): Promise<Session | undefined> {
    try {
      const response = await this.#repository.request({ method: 'GET', url: location, expect: [204, 200], signal });
      await discard(response);
      // The last byte's number, from 0; some registries give the count instead, and refuse what does not fit.
      const last = Number(/^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.range ?? '')?.[1] ?? 0);
      if (last === 0) return undefined;
      const next = response.headers.location === undefined ? location : locationOf(response);
      return { location: next, received: last + 1 };
    } catch (error) {
      if (error instanceof RegistryError && error.status !== undefined) return undefined;
      throw error;
    }
  }

  async #abandon(response: HttpResponse, signal: AbortSignal | undefined): Promise<void> {
    const url = locationOf(response);
    const expect = [200, 202, 204, 404, 405];
    const cancelled = this.#repository.request({ method: 'DELETE', url, expect, repeat: false, signal });
    // Registries tidy up uploads that nobody ends.
    await cancelled.then(discard, () => undefined);
  }
}

function locationOf(response: HttpResponse): URL {
  const { location } = response.headers;
  if (location !== undefined && URL.canParse(location, response.url.href)) return new URL(location, response.url);
  throw new RegistryError('invalid', 'the answer names no place to upload to', response);
}

/** The registry does not know the upload any more, or lost the place or bytes of it. */
function isLostUpload(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError)) return false;
  const lost = ['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID', 'DIGEST_INVALID', 'SIZE_INVALID'];
  return error.status === 416 || error.codes.some((code) => lost.includes(code));
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  meter: Meter,
  onSent: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content) {
    meter.add(chunk);
    yield chunk;
    onSent(chunk.length);
  }
}

async function* piecesOf(content: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<Buffer, void, undefined> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let left = skip;
  for await (const whole of content) {
    const chunk = Buffer.from(whole.subarray(Math.min(left, whole.length)));
    left -= whole.length - chunk.length;
    parts.push(chunk);
    size += chunk.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts);
}
