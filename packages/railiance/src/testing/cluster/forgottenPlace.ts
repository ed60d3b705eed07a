import assert from 'node:assert/strict';

import type { Api } from '../../kubernetes/api.ts';
import { type KubeObject, mergePatch } from '../../kubernetes/objects.ts';
import { create, remove } from '../../kubernetes/store.ts';
import { watch } from '../../kubernetes/watch.ts';
import { goBetween } from './goBetween.ts';

export interface Forgetting {
  readonly api: Api;
  /** Path of a list that is empty. */
  readonly list: string;
  /** An object for it. */
  readonly object: (name: string) => KubeObject;
  /** Has the server forget what was before. */
  readonly forget: () => Promise<void>;
  readonly says: (words: string) => void;
}

const deadlineMs = 60_000;

/**
 * Our own watch is ended as by a server, objects come, change and go meanwhile, and the server forgets the place that the watch
 * goes on from: it has to get the server's own 410, list again, and miss nothing.
 */
export async function assertNothingMissed({ api, list, object, forget, says }: Forgetting): Promise<void> {
  const between = await goBetween(api.connection);
  const stop = new AbortController();
  const log = watchLog(between.api, list, AbortSignal.any([stop.signal, AbortSignal.timeout(deadlineMs)]));
  const annotate = async (name: string, note: string) => {
    const body = { metadata: { annotations: { note } } };
    await api.call(`${list}/${name}`, { method: 'PATCH', body, contentType: mergePatch });
  };
  try {
    await log.begun;
    for (const name of ['a', 'b']) await create(api, list, object(name));
    await log.hears('changed b');
    between.endWatches();
    await create(api, list, object('c'));
    await remove(api, `${list}/a`);
    await annotate('b', 'otherwise');
    await forget();
    const before = log.seen.length;
    between.open();
    await log.hears('listed c');
    assert.deepEqual(log.seen.slice(before).sort(), ['deleted a', 'listed b otherwise', 'listed c']);
    await create(api, list, object('d'));
    await log.hears('changed d');
    const refused = between.answered.filter(({ status, body }) => status === 410 || /"code":410/.test(body));
    says(refused.map(({ status, body }) => `${status} ${body.trim()}`).join('\n'));
    assert.equal(refused.length, 1, 'it was the real 410');
    assert.match(refused[0]?.body ?? '', /"reason":"(Expired|Gone)"/);
    assert.match(refused[0]?.url ?? '', /watch=true&resourceVersion=\d+/);
    const lists = between.answered.filter(({ url }) => !url.includes('watch=true'));
    assert.equal(lists.length, 2, 'it listed once more, and no oftener');
  } finally {
    stop.abort();
    await log.ended;
    between.close();
  }
}

function watchLog(api: Api, list: string, signal: AbortSignal) {
  const seen: string[] = [];
  const heard = new Map<string, () => void>();
  const begun = Promise.withResolvers<void>();
  const ended = (async () => {
    for await (const { kind, object } of watch(api, list, {}, signal, (sees) => sees && begun.resolve())) {
      const { name, annotations } = object.metadata;
      const words = [kind, name, annotations?.note].filter((word) => word !== undefined).join(' ');
      seen.push(words);
      heard.get(words)?.();
    }
  })().catch(() => {});
  const over = ended.then(() => assert.fail(`the watch ended; it saw ${seen.join(', ')}`));
  over.catch(() => {});
  return {
    ...{ seen, ended },
    begun: Promise.race([begun.promise, over]),
    async hears(words: string) {
      if (seen.includes(words)) return;
      await Promise.race([new Promise<void>((done) => heard.set(words, done)), over]);
    },
  };
}
