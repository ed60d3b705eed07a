import { createHash } from 'node:crypto';

/** A hub, and where its key is kept: `store`, `env:NAME` or `file:path`; never the key itself. */
export interface HubAddress {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: string;
}

/** Name of the folder that belongs to a hub: readable, and different for every address and key. */
export function folderOf({ url, key }: HubAddress): string {
  const host = new URL(url).hostname.replaceAll(/[^a-z0-9.-]/g, '').slice(0, 60);
  const hash = createHash('sha256').update(`${url}\n${key}`).digest('hex');
  return `${host}-${hash.slice(0, 8)}`;
}
