import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { HubApproval } from '../../events/hub/hubApprovals.ts';
import { say } from './say.ts';

type Question = HubApproval & { readonly hub: string; readonly stage: string };

/** The approvals of a hub, and its stream of what happens to them. */
export function createQuestions() {
  const all: Question[] = [];
  const listeners = new Map<ServerResponse, string | null>();

  function change(id: string, more: Partial<Question>): Question | undefined {
    const at = all.findIndex((question) => question.id === id && question.status === 'waiting');
    const before = all[at];
    if (!before) return undefined;
    const after = { ...before, decided_at: new Date().toISOString(), ...more };
    all[at] = after;
    for (const [response, subject] of listeners) {
      if (subject === `approvals/${id}`) response.write(`id: 1\nevent: told\ndata: {}\n\n`);
    }
    return after;
  }

  function ask(response: ServerResponse, body: string): void {
    const {
      hub,
      stage,
      digest,
      expires_in_s: seconds,
    } = JSON.parse(body) as Record<string, string> & {
      expires_in_s: number;
    };
    const same = (one: Question) => one.hub === hub && one.stage === stage && one.digest === digest;
    const waiting = all.find((one) => same(one) && one.status === 'waiting');
    const question: Question = waiting ?? {
      ...{ id: randomUUID(), hub: hub ?? '', stage: stage ?? '', digest: digest ?? '', status: 'waiting' },
      ...{ decided_by: null, decided_at: null, comment: null },
      expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
    };
    if (!waiting) all.unshift(question);
    say(response, waiting ? 200 : 201, { ...question, link: `http://hub.test/approvals/${question.id}` });
  }

  function answer({ method, url = '' }: IncomingMessage, response: ServerResponse, body: string): void {
    const { pathname, searchParams } = new URL(url, 'http://hub.test');
    const [, id = '', withdrawing] = /^\/api\/v2\/approvals\/([0-9a-f-]{36})(\/withdraw)?$/.exec(pathname) ?? [];
    if (pathname === '/api/v2/events/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': connected\n\n');
      listeners.set(response, searchParams.get('subject'));
      response.on('close', () => listeners.delete(response));
    } else if (pathname === '/api/v2/approvals' && method === 'POST') ask(response, body);
    else if (pathname === '/api/v2/approvals') {
      const wanted =
        ([name, value]: [string, string]) =>
        (one: Question) =>
          one[name as 'hub'] === value;
      const items = [...searchParams].map(wanted).reduce((left, keep) => left.filter(keep), all);
      say(response, 200, { items, next: null });
    } else if (withdrawing !== undefined) {
      const after = change(id, { status: 'withdrawn', decided_by: 'railiance' });
      say(response, after ? 200 : 409, after ?? { detail: 'This approval does not wait any more.' });
    } else {
      const found = all.find((question) => question.id === id);
      say(response, found ? 200 : 404, found ?? { detail: 'There is nothing here.' });
    }
  }

  return {
    answer,
    decide(id: string, status: 'approved' | 'rejected', by: string, comment?: string): void {
      if (!change(id, { status, decided_by: by, comment: comment ?? null })) throw new Error(`${id} does not wait`);
    },
  };
}
