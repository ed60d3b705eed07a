import { digestOf, isDigest, Meter } from '../digest.ts';
import { maxDocumentBytes, parseDocument } from '../documents.ts';
import { isRepository, isTag } from '../reference.ts';
import { type Descriptor, type Digest, type Index, type Manifest, mediaTypes } from '../types.ts';
import { discard, readBody } from './answers.ts';
import { RegistryError } from './registryError.ts';
import type { RegistryRequest, Transport } from './transport.ts';

/** What may be done with a token. */
export type Access = 'pull' | 'push' | 'delete';

const actions: Readonly<Record<Access, string>> = { pull: 'pull', push: 'pull,push', delete: 'pull,push,delete' };
const manifestTypes = [
  mediaTypes.manifest,
  mediaTypes.dockerManifest,
  mediaTypes.index,
  mediaTypes.dockerManifestList,
].join(', ');

/** A manifest or index as the registry gave it, its digest computed here. */
export interface FetchedManifest extends Descriptor {
  readonly bytes: Buffer;
  readonly document: Manifest | Index;
}

/**
 * One repository of one registry.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export class Repository {
  readonly name: string;
  readonly transport: Transport;
  readonly scope: string;

  /** `mountFrom` are other repositories of the registry that blobs may be taken from. @throws RegistryError `invalid` */
  constructor(transport: Transport, name: string, access: Access, mountFrom: readonly string[] = []) {
    for (const one of [name, ...mountFrom]) {
      if (!isRepository(one)) throw new RegistryError('invalid', `${JSON.stringify(one)} cannot name a repository`);
    }
    this.name = name;
    this.transport = transport;
    const own = `repository:${name}:${actions[access]}`;
    this.scope = [own, ...mountFrom.map((other) => `repository:${other}:pull`)].join(' ');
  }

  path(rest: string): string {
    return `/v2/${this.name}/${rest}`;
  }

  request(request: Omit<RegistryRequest, 'scope'>) {
    return this.transport.send({ scope: this.scope, ...request });
  }

  /** Undefined where there is none. @throws RegistryError `mismatch` where it is not what its digest says, `too-large` */
  async manifest(reference: string, signal?: AbortSignal): Promise<FetchedManifest | undefined> {
    const url = this.path(`manifests/${assertTagOrDigest(reference)}`);
    const headers = { accept: manifestTypes };
    const response = await this.request({ method: 'GET', url, headers, expect: [200, 404], signal });
    if (response.status === 404) {
      await discard(response);
      return undefined;
    }
    const bytes = await readBody(response, maxDocumentBytes);
    const digest = digestOf(bytes);
    const claimed = isDigest(reference) ? reference : response.headers['docker-content-digest'];
    if (isDigest(claimed) && claimed !== digest) {
      throw new RegistryError('mismatch', `the manifest is ${digest} and not ${claimed}`, { url: response.url });
    }
    const document = parseDocument(bytes, `manifest ${reference} of ${this.name}`);
    const announced = response.headers['content-type']?.split(';')[0]?.trim();
    const otherwise = 'manifests' in document ? mediaTypes.index : mediaTypes.manifest;
    return { mediaType: document.mediaType ?? announced ?? otherwise, digest, size: bytes.length, bytes, document };
  }

  /** Digest that the registry gives for a tag, without reading its manifest; undefined where there is none or it does not say. */
  async resolve(reference: string, signal?: AbortSignal): Promise<Digest | undefined> {
    return (await this.headManifest(reference, signal))?.digest;
  }

  /** What the registry says of a manifest without sending it; undefined where there is none. */
  async headManifest(
    reference: string,
    signal?: AbortSignal,
  ): Promise<{ readonly digest: Digest | undefined; readonly mediaType: string | undefined } | undefined> {
    const url = this.path(`manifests/${assertTagOrDigest(reference)}`);
    const headers = { accept: manifestTypes };
    const response = await this.request({ method: 'HEAD', url, headers, expect: [200, 404], signal });
    await discard(response);
    if (response.status !== 200) return undefined;
    const digest = response.headers['docker-content-digest'];
    const mediaType = response.headers['content-type']?.split(';')[0]?.trim();
    return { digest: isDigest(digest) ? digest : undefined, mediaType };
  }

  /** Stores a manifest, byte for byte. Every blob it names has to be there. */
  async putManifest(reference: string, bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Digest> {
    const url = this.path(`manifests/${assertTagOrDigest(reference)}`);
    const headers = { 'content-type': mediaType };
    const response = await this.request({ method: 'PUT', url, headers, body: bytes, expect: [200, 201, 202], signal });
    await discard(response);
    const digest = digestOf(bytes);
    const stored = response.headers['docker-content-digest'];
    if (isDigest(stored) && stored !== digest) {
      throw new RegistryError('mismatch', `the registry stored ${stored} and not ${digest}`, { url: response.url });
    }
    return digest;
  }

  /** Size in bytes; undefined where the blob is not there. */
  async blobSize(digest: Digest, signal?: AbortSignal): Promise<number | undefined> {
    const response = await this.request({
      method: 'HEAD',
      url: this.path(`blobs/${digest}`),
      expect: [200, 404],
      signal,
    });
    await discard(response);
    return response.status === 200 ? Number(response.headers['content-length'] ?? Number.NaN) : undefined;
  }

  /** A small blob, checked. @throws RegistryError `missing`, `mismatch`, `too-large` */
  async readBlob(digest: Digest, limitBytes = maxDocumentBytes, signal?: AbortSignal): Promise<Buffer> {
    const url = this.path(`blobs/${digest}`);
    const response = await this.request({ method: 'GET', url, expect: [200], signal });
    const bytes = await readBody(response, limitBytes);
    if (digestOf(bytes) === digest) return bytes;
    throw new RegistryError('mismatch', `the blob is ${digestOf(bytes)}`, { url: response.url });
  }

  /**
   * A blob of a known size, in bounded memory. A connection that breaks is taken up where it broke.
   * @throws RegistryError `mismatch` at the end where it is not the blob, or as soon as it is too long
   */
  async *streamBlob({ digest, size }: Descriptor, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const url = this.path(`blobs/${digest}`);
    const meter = new Meter();
    for (let failures = 0; meter.size < size || size === 0; ) {
      const from = meter.size;
      const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
      const response = await this.request({ method: 'GET', url, headers, expect: [200, 206], signal });
      let skip = response.status === 206 ? 0 : from;
      try {
        for await (const part of response.stream as AsyncIterable<Buffer>) {
          const chunk = part.subarray(Math.min(skip, part.length));
          skip -= part.length - chunk.length;
          if (chunk.length === 0) continue;
          meter.add(chunk);
          if (meter.size > size) throw new RegistryError('mismatch', `the blob has more than ${size} bytes`, response);
          yield chunk;
        }
      } catch (error) {
        if (error instanceof RegistryError || signal?.aborted) throw error;
      }
      if (size === 0) break;
      failures = meter.size > from ? 0 : failures + 1;
      if (failures >= this.transport.attempts) {
        throw new RegistryError('unreachable', `cut off after ${meter.size} of ${size} bytes`, response);
      }
      if (meter.size < size) await this.transport.pause(failures + 1, signal);
    }
    const found = meter.finish().digest;
    if (found !== digest) throw new RegistryError('mismatch', `blob ${digest}: the content is ${found}`);
  }

  /** Deletes a manifest by its digest, or one tag where the registry can do that. True where it was there. */
  async deleteManifest(reference: string, signal?: AbortSignal): Promise<boolean> {
    const url = this.path(`manifests/${assertTagOrDigest(reference)}`);
    const response = await this.request({ method: 'DELETE', url, expect: [200, 202, 204, 404], signal });
    await discard(response);
    return response.status !== 404;
  }

  /** False where the registry does not delete blobs by request. */
  async deleteBlob(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    const expect = [200, 202, 204, 401, 403, 404, 405, 501];
    const response = await this.request({ method: 'DELETE', url: this.path(`blobs/${digest}`), expect, signal });
    await discard(response);
    return response.status < 300;
  }
}

function assertTagOrDigest(reference: string): string {
  if (isDigest(reference) || isTag(reference)) return reference;
  throw new RegistryError('invalid', `${JSON.stringify(reference.slice(0, 200))} is neither a tag nor a digest`);
}
