import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { assertIdempotent, assertSettled, view } from './invariants.ts';
import { pick } from './random.ts';
import { type Running, Subject } from './subject.ts';
import { Visitor } from './visitor.ts';

const stage = 'canary';

interface Verb {
  readonly name: string;
  readonly args: readonly string[];
  /** A new version is committed first. */
  readonly changes: boolean;
}

const verbs: readonly Verb[] = [
  { name: 'deploy', args: ['deploy', '--stage', stage], changes: true },
  { name: 'restart', args: ['restart', 'probe', '--stage', stage], changes: false },
  { name: 'rollback', args: ['rollback', 'probe', '--stage', stage, '--to', '1'], changes: false },
];

type Cure = 'resume' | 'undo' | 'again';

function runsOf(subject: Subject): readonly string[] {
  const folder = join(subject.target(stage), 'runs');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** Kills the process right after the journal of its run has `count` records. False where the run ended before. */
async function killAtRecord(
  subject: Subject,
  { child, ended }: Running,
  before: readonly string[],
  count: number,
): Promise<boolean> {
  const folder = join(subject.target(stage), 'runs');
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const records = (): number => {
    const run = runsOf(subject).find((id) => !before.includes(id));
    const file = run && join(folder, run, 'journal.jsonl');
    return file && existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  };
  const watcher = watch(folder, { recursive: true }, () => {
    if (records() >= count) child.kill('SIGKILL');
  });
  while (!over && records() < count) await wait(1);
  if (!over) child.kill('SIGKILL');
  const { signal } = await ended;
  watcher.close();
  return signal === 'SIGKILL';
}

/** After a kill: `status` says where it stopped, and each of the three ways on leads to a settled stage. */
async function cureAndCheck(subject: Subject, cure: Cure, label: string): Promise<void> {
  const stopped = await view(subject, stage);
  const open = stopped.lastRun?.state === 'interrupted';
  assert(
    stopped.state !== 'down',
    `${label}: I1: something serves after the kill: ${JSON.stringify(stopped.observed)}`,
  );
  if (open && cure === 'resume') await subject.must(0, 'resume', 'probe', '--stage', stage);
  else if (open && cure === 'undo') {
    const { exitCode, stderr } = await subject.railiance('resume', 'probe', '--stage', stage, '--undo');
    // A run whose release is verified already is not undone any more, and says so; it is finished instead.
    assert(exitCode === 1 || exitCode === 2, `${label}: undo ended with ${exitCode}: ${stderr}`);
    if (exitCode === 2) await subject.must(0, 'resume', 'probe', '--stage', stage);
  } else await subject.must(0, 'deploy', '--stage', stage);
  await assertSettled(subject, stage);
}

export interface KillOptions {
  /** Kills at random instants; those at each record come on top, for every verb. */
  readonly kills: number;
  readonly everyRecord: boolean;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

/** The command line is killed after each journal record and at random instants; clients must not notice. */
export async function killing({ kills, everyRecord, random, say }: KillOptions): Promise<void> {
  const subject = new Subject();
  try {
    await subject.must(0, 'local', 'up', '--port', String(20_000 + Math.floor(random() * 10_000)));
    await subject.must(0, 'deploy', '--stage', stage);
    const visitor = new Visitor(String((await view(subject, stage)).observed?.url));
    let killed = 0;
    const cures: readonly Cure[] = ['resume', 'undo', 'again'];
    for (const verb of everyRecord ? verbs : []) {
      for (let count = 1; count < 100; count += 1) {
        if (verb.changes) subject.change();
        const before = runsOf(subject);
        const hit = await killAtRecord(subject, subject.start(...verb.args), before, count);
        const label = `${verb.name} killed after record ${count}`;
        await cureAndCheck(subject, cures[count % cures.length] ?? 'resume', label);
        assert.deepEqual(visitor.failures, [], `${label}: no request failed`);
        say(hit ? `ok  ${label}` : `    ${verb.name} ended before record ${count}`);
        killed += hit ? 1 : 0;
        if (!hit) break;
      }
    }
    const lastsMs = new Map<Verb, number>();
    for (const verb of kills > 0 ? verbs : []) {
      if (verb.changes) subject.change();
      const startedMs = performance.now();
      await subject.must(0, ...verb.args);
      lastsMs.set(verb, performance.now() - startedMs);
    }
    for (let kill = 1; kill <= kills; ) {
      const verb = pick(random, verbs);
      if (verb.changes) subject.change();
      const afterMs = Math.round(random() * (lastsMs.get(verb) ?? 0));
      const { child, ended } = subject.start(...verb.args);
      const over = await Promise.race([wait(afterMs, false), ended.then(() => true)]);
      child.kill('SIGKILL');
      await ended;
      const label = `${verb.name} killed after ${afterMs} ms (${kill} of ${kills})`;
      await cureAndCheck(subject, pick(random, cures), label);
      assert.deepEqual(visitor.failures, [], `${label}: no request failed`);
      if (over) continue;
      say(`ok  ${label}`);
      killed += 1;
      kill += 1;
    }
    await assertIdempotent(subject, stage);
    await visitor.stop();
    assert.deepEqual(visitor.failures, []);
    say(`killing: ${killed} kills, ${visitor.sent} requests meanwhile, none failed`);
  } finally {
    await subject.remove();
  }
}
