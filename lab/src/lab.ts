import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { writeIfChanged } from './files.ts';

/** Addresses of one lab. All are of this machine: loopback, or a bridge that the lab made. */
export interface Addresses {
  /** The node's own, as its pods and Services see it. */
  readonly node: string;
  readonly pods: string;
  readonly services: string;
  readonly serviceApi: string;
  readonly dns: string;
  /** `127.0.0.1:port` each. */
  readonly api: string;
  readonly registry: string;
  readonly web: string;
  readonly websecure: string;
  readonly etcd: string;
  readonly etcdPeer: string;
}

export interface Lab {
  /** Everything a running lab writes; `down` removes it. */
  readonly folder: string;
  /** Programs that the lab runs; kept between labs. */
  readonly cache: string;
  readonly addresses: Addresses;
  readonly kubeconfig: string;
}

/** The node's name in the cluster. */
export const nodeName = 'lab-1';

/** 198.18.0.0/15 is set aside for tests between devices (RFC 2544): nothing real is hidden by it. */
const fixed = {
  node: '198.18.0.1',
  pods: '198.18.128.0/22',
  services: '198.19.0.0/16',
  serviceApi: '198.19.0.1',
  dns: '198.19.0.10',
};

/** Below the ephemeral ports, so that no outgoing connection sits on one. */
const wanted = { api: 16443, registry: 15000, web: 18080, websecure: 18443, etcd: 12379, etcdPeer: 12380 };

export function labFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.RAILIANCE_LAB ?? join(homedir(), '.local/state/railiance-lab'));
}

/** The lab in `folder`; its addresses are chosen once and then stay. */
export async function openLab(env: NodeJS.ProcessEnv = process.env): Promise<Lab> {
  const folder = labFolder(env);
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'addresses.json');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  const addresses: Addresses = known === undefined ? await chooseAddresses() : JSON.parse(known);
  if (known === undefined) await writeIfChanged(file, `${JSON.stringify(addresses, null, 2)}\n`);
  const cache = resolve(env.RAILIANCE_LAB_CACHE ?? join(homedir(), '.cache/railiance-lab'));
  return { folder, cache, addresses, kubeconfig: join(folder, 'kubeconfig') };
}

async function chooseAddresses(): Promise<Addresses> {
  const taken = new Set<number>();
  const chosen: [string, string][] = [];
  for (const [name, port] of Object.entries(wanted)) {
    const free = await freePort(port, taken);
    taken.add(free);
    chosen.push([name, `127.0.0.1:${free}`]);
  }
  return { ...fixed, ...(Object.fromEntries(chosen) as Record<keyof typeof wanted, string>) };
}

async function freePort(from: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = from; port < from + 200; port++) if (!taken.has(port) && (await isFree(port))) return port;
  throw new Error(`no port is free from ${from} on`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer().once('error', () => answer(false));
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
}
