import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { type Call, refuse } from './handlers.ts';
import { sha256, type Upload } from './store.ts';

/** `rest` is what follows `uploads/`: nothing for a new one, else its id. */
export async function handleUpload(call: Call, name: string, rest: string): Promise<void> {
  const { request, response, store, url } = call;
  if (request.method === 'POST') return begin(call, name);
  const upload = store.uploads.get(rest);
  // Where an upload broke is asked at the place that was known last.
  const known = stateOf(call, rest) === url.searchParams.get('_state') || request.method === 'GET';
  if (upload === undefined || !known) return refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN');
  switch (request.method) {
    case 'GET':
      return answer(call, 204, name, rest);
    case 'DELETE':
      store.uploads.delete(rest);
      return void response.writeHead(204).end();
    case 'PATCH': {
      const start = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '')?.[1];
      const late = upload.size > 0 && start === undefined;
      if (late || (start !== undefined && Number(start) !== upload.size)) {
        return refuse(response, 416, 'RANGE_INVALID');
      }
      await receive(request, upload);
      return answer(call, 202, name, rest);
    }
    case 'PUT':
      await receive(request, upload);
      store.uploads.delete(rest);
      return commit(call, name, upload.content());
    default:
      return refuse(response, 405, 'UNSUPPORTED');
  }
}

async function begin(call: Call, name: string): Promise<void> {
  const { request, response, store, url, options } = call;
  const mount = url.searchParams.get('mount');
  const bytes = mount && store.repository(url.searchParams.get('from') ?? '').blobs.get(mount);
  if (mount && bytes) {
    if (!options.emptyMounts) store.repository(name).blobs.set(mount, bytes);
    return void response.writeHead(201).end();
  }
  const content = await buffer(request);
  if (options.wholePost && url.searchParams.has('digest')) return commit(call, name, content);
  answer(call, 202, name, store.begin());
}

/** Keeps what came also where the connection breaks. */
async function receive(request: IncomingMessage, upload: Upload): Promise<void> {
  for await (const chunk of request as AsyncIterable<Buffer>) upload.add(chunk);
}

function commit({ response, store, url }: Call, name: string, content: Buffer): void {
  const digest = sha256(content);
  if (url.searchParams.get('digest') !== digest) {
    refuse(response, 400, 'DIGEST_INVALID');
    return;
  }
  store.repository(name).blobs.set(digest, content);
  response.writeHead(201, { 'docker-content-digest': digest }).end();
}

/** What the query of an upload's address has to be; null for none. */
function stateOf({ options, store }: Call, id: string): string | null {
  if (options.location === 'moving') return `${id}-${store.uploads.get(id)?.size ?? 0}`;
  return options.location === 'absolute' ? id : null;
}

function answer(call: Call, status: number, name: string, id: string): void {
  const { response, store, request } = call;
  const size = store.uploads.get(id)?.size ?? 0;
  const path = `/v2/${name}/blobs/uploads/${id}`;
  const state = stateOf(call, id);
  const location = state === null ? path : `http://${request.headers.host}${path}?_state=${state}`;
  response.writeHead(status, { location, range: `0-${Math.max(0, size - 1)}` }).end();
}
