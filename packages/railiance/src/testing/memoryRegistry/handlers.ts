import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

import type { MemoryRegistryOptions } from '../memoryRegistry.ts';
import { type MemoryStore, sha256 } from './store.ts';
import { handleUpload } from './uploads.ts';

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly store: MemoryStore;
  readonly options: MemoryRegistryOptions;
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

/** Answers by the paths of the distribution specification. */
export async function handle(call: Call): Promise<void> {
  const { response, url } = call;
  if (url.pathname === '/v2/') return void response.writeHead(200).end('{}');
  const [, name = '', kind, rest = ''] =
    /^\/v2\/(.+?)\/(manifests|blobs|tags)\/(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
  if (kind === 'manifests') return handleManifest(call, name, rest);
  if (kind === 'tags') return listTags(call, name);
  if (kind === 'blobs')
    return rest.startsWith('uploads/') ? handleUpload(call, name, rest.slice(8)) : readBlob(call, name, rest);
  refuse(response, 404, 'NAME_UNKNOWN');
}

async function handleManifest(call: Call, name: string, reference: string): Promise<void> {
  const { request, response, store, options } = call;
  const repository = store.repository(name);
  const digest = store.resolve(name, reference) ?? '';
  const found = repository.manifests.get(digest);
  if (request.method === 'PUT') return putManifest(call, name, reference);
  if (found === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN');
  if (request.method === 'DELETE') {
    const byTag = digest !== reference;
    if (byTag && options.deleteByTag === false) return refuse(response, 400, 'DIGEST_INVALID');
    if (byTag) repository.tags.delete(reference);
    else {
      repository.manifests.delete(digest);
      for (const [tag, named] of repository.tags) if (named === digest) repository.tags.delete(tag);
    }
    return void response.writeHead(202).end();
  }
  send(call, found.bytes, { 'content-type': found.mediaType, 'docker-content-digest': digest });
}

async function putManifest({ request, response, store }: Call, name: string, reference: string): Promise<void> {
  const bytes = await buffer(request);
  const repository = store.repository(name);
  const digest = sha256(bytes);
  if (reference.startsWith('sha256:') && reference !== digest) return refuse(response, 400, 'DIGEST_INVALID');
  const document = JSON.parse(bytes.toString()) as {
    config?: { digest: string };
    layers?: { digest: string }[];
    manifests?: { digest: string }[];
  };
  const blobs = [document.config, ...(document.layers ?? [])].filter((one) => one !== undefined);
  const missing =
    blobs.some((blob) => !repository.blobs.has(blob.digest)) ||
    document.manifests?.some((child) => !repository.manifests.has(child.digest));
  if (missing) return refuse(response, 400, 'MANIFEST_BLOB_UNKNOWN');
  repository.manifests.set(digest, { bytes, mediaType: request.headers['content-type'] ?? '' });
  if (reference !== digest) repository.tags.set(reference, digest);
  response.writeHead(201, { 'docker-content-digest': digest }).end();
}

async function readBlob(call: Call, name: string, digest: string): Promise<void> {
  const { request, response, store } = call;
  const bytes = store.repository(name).blobs.get(digest);
  if (bytes === undefined) return refuse(response, 404, 'BLOB_UNKNOWN');
  if (request.method === 'DELETE') {
    store.repository(name).blobs.delete(digest);
    return void response.writeHead(202).end();
  }
  send(call, bytes, { 'docker-content-digest': digest });
}

function send({ request, response }: Call, bytes: Buffer, headers: Record<string, string>): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(from);
  const range = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { ...headers, ...range, 'content-length': String(part.length) });
  response.end(request.method === 'HEAD' ? undefined : part);
}

async function listTags({ response, url, store, options }: Call, name: string): Promise<void> {
  if (!store.repositories.has(name)) return refuse(response, 404, 'NAME_UNKNOWN');
  const last = url.searchParams.get('last') ?? '';
  const rest = [...store.repository(name).tags.keys()].sort().filter((tag) => tag > last);
  const tags = rest.slice(0, options.tagPage ?? rest.length);
  const end = tags.at(-1);
  const next = `</v2/${name}/tags/list?n=${options.tagPage}&last=${end}>; rel="next"`;
  const headers = options.tagPage !== undefined && end !== undefined ? { link: next } : {};
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ name, tags }));
}
