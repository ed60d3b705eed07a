import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { type DeployedApp, type Ended, ended, openDeployedApp } from '../../../testing/cluster/deployedApp.ts';
import {
  groupOf,
  isAlive,
  isHelm,
  kill,
  type MarkedHelm,
  markHelm,
  slowDown,
} from '../../../testing/cluster/killing.ts';
import { assertHealed, full, helmStatus, random, seed } from '../../../testing/cluster/settling.ts';

const wanted = full ? 20 : 3;

/**
 * Which of the helms of a deploy is killed: the one that starts the new version; the same, where the API server takes its time
 * and Helm stands long in the middle of its work; the one that takes the old version out of the release when the new one serves.
 */
const kinds = ['start', 'slow start', 'clean-up'] as const;
type Kind = (typeof kinds)[number];

let app: DeployedApp;
let helm: MarkedHelm;
before(async () => {
  app = await openDeployedApp('helm', { slug: 'killed' });
  helm = await markHelm(app);
  await app.settings(`helm = "${helm.program}"`);
  await app.succeeds('one', 'deploy');
});
after(() => app.close());

/** Resolves when such a helm of this deploy is at work, as itself and not as the shell that becomes it. */
async function untilBegun(kind: Kind, over: Promise<Ended>): Promise<number | undefined> {
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  let earlier: number | undefined;
  while (!isOver) {
    const pid = helm.pid('upgrade');
    if (pid !== undefined && pid !== earlier && isHelm(pid)) {
      if (kind !== 'clean-up' || earlier !== undefined) return pid;
      earlier = pid;
    }
    await wait(3);
  }
  return undefined;
}

interface Attempt {
  /** That helm did not end by itself. */
  readonly killed: boolean;
  /** Helm's own word for what it had come to. */
  readonly left: string | undefined;
  readonly livedMs: number;
  readonly end: Ended;
}

/** Deploys a version, and has its helm live for so long at most. */
async function deployWhileHelmLives(kind: Kind, version: string, longestMs: number): Promise<Attempt> {
  await app.version(version);
  await helm.forget();
  const speedUp = kind === 'slow start' ? await slowDown(app) : undefined;
  try {
    const child = app.start('one', 'deploy');
    const over = ended(child);
    const pid = await untilBegun(kind, over);
    const beganMs = performance.now();
    assert.ok(pid !== undefined, (await Promise.race([over, wait(0)]))?.output);
    assert.notEqual(groupOf(pid), groupOf(Number(child.pid)), 'helm is in a process group of its own');
    while (isAlive(pid) && performance.now() - beganMs < longestMs) await wait(2);
    if (isAlive(pid)) kill(pid);
    const livedMs = Math.round(performance.now() - beganMs);
    const left = await helmStatus(app);
    await speedUp?.();
    const end = await over;
    // One that had ended a moment before is there until somebody asks how. Where the clean-up's is killed, another makes up for it.
    const told = /run \S+ upgrade: it ended with SIGKILL/.test(end.output);
    return { killed: kind === 'clean-up' ? helm.pid('upgrade') !== pid : told, livedMs, left, end };
  } finally {
    await speedUp?.();
  }
}

describe(`a helm that is killed (seed ${seed})`, () => {
  test(`at random instants of its life, ${wanted} times: the deploy takes itself back or ends well, and the next one is well`, async (context) => {
    const livesMs = new Map<Kind, number>();
    for (const kind of kinds) {
      const { livedMs } = await deployWhileHelmLives(kind, `unharmed ${kind}`, Number.POSITIVE_INFINITY);
      livesMs.set(kind, livedMs);
      context.diagnostic(`${kind}: helm lives for ${livedMs} ms`);
    }
    const left: string[] = [];
    for (let tries = 1; left.length < wanted && tries <= 3 * wanted; tries += 1) {
      const kind = kinds[left.length % kinds.length] ?? 'start';
      const lifeMs = livesMs.get(kind) ?? 0;
      const old = await app.serves();
      const version = `${kind} ${tries}`;
      const attempt = await deployWhileHelmLives(kind, version, random() * lifeMs);
      const { exitCode, output } = attempt.end;
      // The machine is quicker now: it is measured anew.
      if (!attempt.killed) livesMs.set(kind, attempt.livedMs);
      else left.push(attempt.left ?? 'nothing');
      const what = attempt.killed ? `killed after ${attempt.livedMs} ms, left ${attempt.left}` : 'was over by itself';
      context.diagnostic(`${kind}: helm ${what}; exit ${exitCode}`);
      assert.equal(exitCode, attempt.killed && kind !== 'clean-up' ? 1 : 0, output);
      assert.equal(await app.serves(), exitCode === 0 ? `version ${version}` : old, output);
      await assertHealed(app);
    }
    const pending = left.filter((status) => status.startsWith('pending-'));
    context.diagnostic(`${left.length} real kills, ${pending.length} of them left pending-*: ${left.join(', ')}`);
    assert.equal(left.length, wanted);
  });
});
