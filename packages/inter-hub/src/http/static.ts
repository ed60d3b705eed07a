import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { Hono } from 'hono';
import { assets } from '../ui/assets.ts';
import type { HubEnv } from './env.ts';

const compress = promisify(brotliCompress);
/** The best there is takes four seconds for the largest file and saves a tenth more: nobody waits for that. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };

interface Loaded {
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly brotli: Uint8Array<ArrayBuffer> | undefined;
  readonly etag: string;
}

/** Serves the named files of `ui/assets.ts`, compressed once, cached for ever when asked for by their version. */
export function staticRoutes(): Hono<HubEnv> {
  const loaded = new Map<string, Promise<Loaded>>();
  const app = new Hono<HubEnv>();
  app.get('/static/*', async (c) => {
    const name = c.req.path.slice('/static/'.length);
    const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (!asset) return c.notFound();
    const file = await (loaded.get(name) ?? remember(loaded, name, load(asset.file, asset.type)));
    c.header('ETag', file.etag);
    c.header('Vary', 'Accept-Encoding');
    c.header('Cache-Control', c.req.query('v') ? 'public, max-age=31536000, immutable' : 'public, max-age=300');
    if (c.req.header('if-none-match') === file.etag) return c.body(null, 304);
    c.header('Content-Type', asset.type);
    const brotli = file.brotli && (c.req.header('accept-encoding') ?? '').includes('br') ? file.brotli : undefined;
    if (brotli) c.header('Content-Encoding', 'br');
    return c.body(brotli ?? file.plain);
  });
  return app;
}

function remember<T>(map: Map<string, Promise<T>>, key: string, value: Promise<T>): Promise<T> {
  map.set(key, value);
  return value;
}

async function load(file: string, type: string): Promise<Loaded> {
  const plain = new Uint8Array(await readFile(file));
  const etag = `"${createHash('sha256').update(plain).digest('hex').slice(0, 24)}"`;
  // Fonts are compressed already.
  const brotli = type.startsWith('font/') ? undefined : new Uint8Array(await compress(plain, { params }));
  return { plain, brotli, etag };
}
