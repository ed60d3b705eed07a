import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { homeAt } from '../config/home.ts';
import { target } from '../domain/name.ts';
import { type ContenderAnswer, type ContenderOrder, leasesAt } from '../testing/leaseContender.ts';
import { createFileLeaseStore } from './fileLeaseStore.ts';
import { holder, leaseStoreContract } from './leaseStoreContract.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-leases-'));
after(() => rm(root, { recursive: true, force: true }));

const canary = target('probe', 'canary');
let homes = 0;
const newHome = () => homeAt({ RAILIANCE_HOME: join(root, String(homes++)) });

leaseStoreContract('files', async () => createFileLeaseStore({ home: newHome() }));

describe('lease files', () => {
  test('do not pile up', async () => {
    const home = newHome();
    const store = createFileLeaseStore({ home });
    for (let fencing = 1; fencing <= 50; fencing++) {
      await store.create(canary, fencing, holder);
      await store.release(canary, fencing);
    }
    assert.ok((await readdir(join(home.target(canary), 'lease'))).length <= 40);
  });

  test('that are damaged are named, and nobody gets the lease', async () => {
    const home = newHome();
    const store = createFileLeaseStore({ home });
    await store.create(canary, 1, holder);
    const file = join(home.target(canary), 'lease', '000000001.json');
    for (const text of ['', '{', '{}', '{"schema":"railiance.lease.v9","ttlMs":1}']) {
      await writeFile(file, text);
      await assert.rejects(store.newest(canary), (error: Error & { exitCode: number }) => {
        assert.equal(error.exitCode, 5);
        assert.ok(error.message.includes(file));
        return true;
      });
    }
  });
});

const contender = fileURLToPath(new URL('../testing/leaseContender.ts', import.meta.url));

async function ask(child: ChildProcess, order: ContenderOrder): Promise<ContenderAnswer> {
  const answer = once(child, 'message');
  child.send(order);
  return (await answer)[0] as ContenderAnswer;
}

async function withContenders(
  { count, ttlMs }: { readonly count: number; readonly ttlMs: number },
  act: (children: readonly ChildProcess[], home: string) => Promise<void>,
): Promise<void> {
  const home = newHome().root;
  const children = Array.from({ length: count }, () => fork(contender, [home, String(ttlMs)]));
  try {
    await act(children, home);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

describe('processes that want the same lease', () => {
  const rounds = Number(process.env.RAILIANCE_CHAOS_RUNS ?? 10);

  test(`at the same instant, ${rounds} times: one gets it, the others learn who`, async () => {
    await withContenders({ count: 3, ttlMs: 10_000 }, async (children) => {
      for (let round = 0; round < rounds; round++) {
        const order = { do: 'take', stage: `s${round % 3}`, atMs: Date.now() + 15 } as const;
        const answers = await Promise.all(children.map((child) => ask(child, order)));
        const winners = children.filter((_, at) => answers[at]?.held);
        assert.equal(winners.length, 1, JSON.stringify(answers));
        for (const answer of answers) {
          if (!answer.held) assert.match(answer.problem, new RegExp(`process ${winners[0]?.pid},`));
          else assert.equal(answer.fencing, Math.floor(round / 3) + 1);
        }
        if (winners[0]) await ask(winners[0], { do: 'release' });
      }
    });
  });

  test('get it at once when the holder is killed', async () => {
    await withContenders({ count: 1, ttlMs: 60_000 }, async ([child], home) => {
      assert.ok(child);
      await ask(child, { do: 'take', stage: 'canary', atMs: 0 });
      const refused = leasesAt(home, 60_000).take(canary, { command: 'x', runIdOf: () => 'x' });
      await assert.rejects(refused, { name: 'Failure', exitCode: 3 });
      child.kill('SIGKILL');
      await once(child, 'exit');
      const lease = await leasesAt(home, 60_000).take(canary, { command: 'x', runIdOf: () => 'x' });
      assert.equal(lease.fencing, 2);
      await lease.release();
    });
  });

  test('get it from a stopped holder after its time; that one finds out before it writes', async () => {
    await withContenders({ count: 1, ttlMs: 300 }, async ([child], home) => {
      assert.ok(child);
      assert.deepEqual(await ask(child, { do: 'take', stage: 'canary', atMs: 0 }), { held: true, fencing: 1 });
      child.kill('SIGSTOP');
      const startedMs = performance.now();
      const lease = await leasesAt(home, 300).take(canary, { command: 'x', runIdOf: () => 'x', waitMs: 10_000 });
      assert.ok(performance.now() - startedMs >= 300);
      assert.equal(lease.fencing, 2);
      child.kill('SIGCONT');
      const answer = await ask(child, { do: 'check' });
      assert.equal(answer.held, false);
      await lease.check();
      await lease.release();
    });
  });
});
