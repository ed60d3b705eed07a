import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';

import { assertSettled, view } from './invariants.ts';
import { Subject } from './subject.ts';
import { Visitor } from './visitor.ts';

const stage = 'canary';

export interface AgentOptions {
  readonly kills: number;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

interface Agent {
  readonly running: boolean;
  readonly pid?: number;
}

/** The agent is killed under load: it comes back by itself, to what ran, within seconds. */
export async function agentKilled({ kills, random, say }: AgentOptions): Promise<void> {
  const subject = new Subject();
  try {
    await subject.must(0, 'local', 'up', '--port', String(32_100 + Math.floor(random() * 500)));
    await subject.must(0, 'deploy', '--stage', stage);
    for (let kill = 1; kill <= kills; kill += 1) {
      const before = await view(subject, stage);
      const visitor = new Visitor(String(before.observed?.url));
      const { pid } = await subject.json<Agent>('local', 'status');
      await wait(300 + random() * 500);
      process.kill(Number(pid), 'SIGKILL');
      const killedAt = performance.now();
      let seen = await view(subject, stage);
      while (seen.state !== 'serving' && performance.now() - killedAt < 30_000) {
        await wait(50);
        seen = await view(subject, stage);
      }
      const backMs = Math.round(performance.now() - killedAt);
      assert.equal(seen.state, 'serving', `the agent came back: ${JSON.stringify(seen)}`);
      assert.notEqual((await subject.json<Agent>('local', 'status')).pid, pid);
      assert.equal(seen.release?.number, before.release?.number);
      const failed = visitor.failures.length;
      await wait(500);
      assert.equal(visitor.failures.length, failed, 'once back, no request fails');
      await visitor.stop();
      await assertSettled(subject, stage);
      say(`ok  agent killed (${kill} of ${kills}): back and serving after ${backMs} ms`);
    }
  } finally {
    await subject.remove();
  }
}
