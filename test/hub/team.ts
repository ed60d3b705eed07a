import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { type HubProcess, startHub } from '../../packages/inter-hub/test/hubProcess.ts';
import { openAddress } from './address.ts';

const program = fileURLToPath(new URL('../../packages/inter-hub/src/main.ts', import.meta.url));

export interface HubEvent {
  readonly source: string;
  readonly event_id: string;
  readonly type: string;
  readonly summary: string;
}

/** A hub with a PostgreSQL of its own, as a team has it: a process, an address, a key, and a person who may decide. */
export interface Team {
  readonly url: string;
  readonly key: string;
  /** Ends the hub without a word. */
  kill(): Promise<void>;
  /** The same hub again, at the same address. */
  restart(): Promise<void>;
  /** All records of a resource, newest first. */
  list<Row>(path: string): Promise<readonly Row[]>;
  /** Every event it has stored, oldest first. */
  events(): Promise<readonly HubEvent[]>;
  /** Opens the link of a question, and decides as its page lets an approver do. */
  decide(link: string, verdict: 'approve' | 'reject', comment: string): Promise<void>;
  close(): Promise<void>;
}

export async function openTeam(): Promise<Team> {
  const dataDir = await mkdtemp(join(tmpdir(), 'railiance-team-'));
  const env: Record<string, string> = { HUB_DATA_DIR: dataDir, HUB_DRAIN_MS: '0', IHP_BASEURL: 'http://hub.test' };
  let hub: HubProcess = await startHub(env);
  const address = await openAddress(() => hub.url);
  const { url } = address;
  const setupLink = await said(hub, /"link":"([^"]+\/setup\/[^"]+)"/);
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'create-key', 'railiance', 'hub:*:write'], {
    env: { ...env, PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, HUB_LOG_LEVEL: 'error' },
  });
  const key = stdout.trim();
  let cookie: string | undefined;

  async function page(path: string, form?: Record<string, string>): Promise<Response> {
    return await fetch(new URL(path, url), {
      redirect: 'manual',
      headers: { origin: url, ...(cookie !== undefined && { cookie }) },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
  }

  /** The first administrator, by the one-time link. */
  async function signIn(): Promise<void> {
    if (cookie !== undefined) return;
    const account = { email: 'ada@example.org', name: 'Ada', password: 'correct horse battery staple' };
    const answer = await page(new URL(setupLink).pathname, account);
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
    if (answer.status !== 303 || cookie === undefined) throw new Error(`no account: ${await answer.text()}`);
  }

  async function list<Row>(path: string): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const more: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
      const answer = await fetch(`${url}/api/v2/${path}${path.includes('?') ? '&' : '?'}limit=100${more}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      const found = (await answer.json()) as { items: Row[]; next: string | null };
      rows.push(...found.items);
      next = found.next;
    }
    return rows;
  }

  return {
    url,
    key,
    list,
    events: async () => (await list<HubEvent>('events')).toReversed(),
    async kill() {
      await hub.end('SIGKILL');
    },
    async restart() {
      hub = await startHub(env);
    },
    async decide(link, verdict, comment) {
      await signIn();
      const { pathname } = new URL(link);
      const text = await (await page(pathname)).text();
      const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
      const form = { csrf: field('csrf'), digest: field('digest'), comment };
      const answer = await page(`${pathname}/${verdict}`, form);
      if (answer.status !== 303) throw new Error(`not decided: ${answer.status} ${await answer.text()}`);
    },
    async close() {
      await hub.end('SIGTERM');
      address.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function said(hub: HubProcess, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(hub.log())?.[1];
    if (found !== undefined) return found;
    if (hub.child.exitCode !== null) throw new Error(hub.log());
    await wait(20);
  }
}
