import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { pathOf } from '../../../kubernetes/objects.ts';
import { remove } from '../../../kubernetes/store.ts';
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
import { assertHealed, full, helmStatus, random, seed, stage } from '../../../testing/cluster/settling.ts';

const wanted = full ? 20 : 3;

/**
 * Which helm is killed: the one that takes the new version into the release and the old one out of it, while the new one is
 * verified; the same, where the API server takes its time and Helm stands long in the middle of its work; the one that is run
 * before the new version is started, since somebody removed the public route.
 */
const kinds = ['switch', 'slow switch', 'lost route'] as const;
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

async function loseRoute(): Promise<void> {
  const { lab, namespace, slug } = app;
  for (const resource of ['services', 'ingressroutes'] as const)
    await remove(lab.api, pathOf(resource, namespace, `${slug}-${stage}`));
}

/** Resolves when helm is at work for this deploy, as itself and not as the shell that becomes it. */
async function untilBegun(over: Promise<Ended>): Promise<number | undefined> {
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const pid = helm.pid('upgrade');
    if (pid !== undefined && isHelm(pid)) return pid;
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
  if (kind === 'lost route') await loseRoute();
  await helm.forget();
  const speedUp = kind === 'slow switch' ? await slowDown(app) : undefined;
  try {
    const child = app.start('one', 'deploy');
    const over = ended(child);
    const pid = await untilBegun(over);
    const beganMs = performance.now();
    assert.ok(pid !== undefined, (await Promise.race([over, wait(0)]))?.output);
    assert.notEqual(groupOf(pid), groupOf(Number(child.pid)), 'helm is in a process group of its own');
    while (isAlive(pid) && performance.now() - beganMs < longestMs) await wait(2);
    if (isAlive(pid)) kill(pid);
    const livedMs = Math.round(performance.now() - beganMs);
    const left = await helmStatus(app);
    await speedUp?.();
    const end = await over;
    // One that had ended a moment before is there until somebody asks how. For the one at a switch another makes up.
    const told = /run \S+ upgrade: it ended with SIGKILL/.test(end.output);
    return { killed: kind === 'lost route' ? told : helm.pid('upgrade') !== pid, livedMs, left, end };
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
      const kind = kinds[left.length % kinds.length] ?? 'switch';
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
      assert.equal(exitCode, attempt.killed && kind === 'lost route' ? 1 : 0, output);
      assert.equal(await app.serves(), exitCode === 0 ? `version ${version}` : old, output);
      await assertHealed(app);
    }
    const pending = left.filter((status) => status.startsWith('pending-'));
    context.diagnostic(`${left.length} real kills, ${pending.length} of them left pending-*: ${left.join(', ')}`);
    assert.equal(left.length, wanted);
  });
});
