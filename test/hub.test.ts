import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { hubContract } from '../packages/railiance/src/events/hub/contract.ts';
import { openSite } from './hub/site.ts';
import { openTeam } from './hub/team.ts';

/** The real tool tells the real hub, each a process of its own. */
const team = await openTeam();
after(() => team.close());
const site = await openSite(team);
after(() => site.close());

const linkPattern = /http:\/\/hub\.test\/approvals\/[0-9a-f-]+/;

hubContract('the real hub', async () => team);

interface Deployment {
  readonly id: string;
  readonly stage: string;
  readonly status: string;
  readonly kind: string;
  readonly release: number | null;
  readonly digest: string;
  readonly tag: string;
  readonly run_id: string;
}

/** Until the hub has all that is owed to it. */
async function delivered(): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const { stdout } = await site.run('events', 'list', '--json');
    if (JSON.parse(stdout).hubs.every(({ pending }: { pending: number }) => pending === 0)) return;
    await wait(50);
  }
  assert.fail((await site.run('events', 'list')).stdout);
}

async function deployments(stage: string): Promise<readonly Deployment[]> {
  await delivered();
  return await team.list<Deployment>(`deployment-records?hub=thing&stage=${stage}`);
}

/** Ids of all events that the journals of this home give. */
async function stepsOf(runId: string): Promise<readonly string[]> {
  const { stdout } = await site.run('history', 'thing', '--stage', 'canary', '--run', runId, '--json');
  return JSON.parse(stdout).steps.map(({ id }: { id: string }) => id);
}

test('a deploy is a run, its steps, its checks, a deployment and its outcome in the hub', async () => {
  site.commit('serves');
  const { exitCode, stdout, stderr } = await site.run('deploy', '--json');
  assert.equal(exitCode, 0, stderr);
  const { runId } = JSON.parse(stdout);
  const [deployment, ...more] = await deployments('canary');
  assert.deepEqual(more, []);
  assert.deepEqual(
    { ...deployment, id: '', digest: '', tag: '', run_id: '' },
    {
      ...deployment,
      id: '',
      digest: '',
      tag: '',
      run_id: '',
      stage: 'canary',
      status: 'succeeded',
      kind: 'deploy',
      release: 1,
    },
  );
  assert.equal(deployment?.run_id, runId);
  const outcomes = await team.list<{ kind: string; verdict: string; deployment_id: string }>(
    `outcome-signals?hub=thing&deployment_id=${deployment?.id}`,
  );
  const seen = outcomes.map(({ kind, verdict }) => `${kind} ${verdict}`).sort();
  assert.deepEqual(seen, ['smoke-candidate met', 'smoke-public met']);
  const told = (await team.events()).filter(({ type }) => type.includes('.taskrun.finished.'));
  assert.equal(told.length, (await stepsOf(runId)).length);
});

test('a failure is an annotated trouble with its evidence, and nothing secret', async () => {
  site.commit('crashes');
  const { exitCode } = await site.run('deploy', '--json');
  assert.equal(exitCode, 1);
  const [failed] = await deployments('canary');
  assert.deepEqual([failed?.status, failed?.kind], ['rolled_back', 'deploy']);
  const [annotation] = await team.list<{ body: string; evidence: { logs?: readonly string[] } }>(
    'annotations?hub=thing',
  );
  assert.match(JSON.stringify(annotation), /no such table: things/);
  const everything = JSON.stringify(await team.events());
  const secrets = await site.secrets();
  assert.ok(secrets.length > 1);
  for (const secret of secrets) assert.ok(!everything.includes(secret), 'a secret is in the hub');
});

test('a promotion that waits is carried out when somebody says yes in the hub', async () => {
  const waiting = site.start('promote', '--wait', '60s');
  await team.decide(await waiting.says(linkPattern), 'approve', 'canary looks fine');
  const { exitCode, stderr } = await waiting.ended;
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /ada@example\.org said yes/);
  // The hub answers for what is on its disk, and makes records of it a little later.
  const until = performance.now() + 15_000;
  let [promoted] = await deployments('production');
  while (!promoted && performance.now() < until) {
    await wait(100);
    [promoted] = await deployments('production');
  }
  assert.deepEqual([promoted?.kind, promoted?.status], ['promotion', 'succeeded']);
});

test('a yes is good for one run; without another, and after a no, the answer is exit 4', async () => {
  const again = await site.run('promote');
  assert.equal(again.exitCode, 4);
  assert.match(again.stderr, /was used by run/);
  const [link] = linkPattern.exec(again.stderr) ?? [];
  const waiting = site.start('promote', '--wait', '60s');
  assert.equal(await waiting.says(linkPattern), link, 'the same question is not asked twice');
  await team.decide(link ?? '', 'reject', 'not on a Friday');
  const refused = await waiting.ended;
  assert.equal(refused.exitCode, 4);
  assert.match(refused.stderr, /ada@example\.org said no: not on a Friday/);

  const [later] = linkPattern.exec((await site.run('promote')).stderr) ?? [];
  assert.notEqual(later, link);
  await team.decide(later ?? '', 'approve', 'now');
  assert.equal((await site.run('promote')).exitCode, 0);
  const waitingStill = await team.list('approvals?hub=thing&stage=production&status=waiting');
  assert.deepEqual(waitingStill, [], 'what was answered is not asked again');
});

test('killed commands and a killed hub: every event is stored, once', async () => {
  site.commit('lingers');
  const first = site.start('deploy');
  await first.says(/Gate/);
  await team.kill();
  first.child.kill('SIGKILL');
  await first.ended;
  site.commit('serves');
  const second = await site.run('deploy', '--json');
  assert.equal(second.exitCode, 0, second.stderr);
  await team.restart();
  const flushed = await site.run('events', 'flush');
  assert.ok([0, 6].includes(flushed.exitCode ?? -1), flushed.stderr);
  await delivered();
  const events = await team.events();
  const names = events.map(({ source, event_id: id }) => `${source} ${id}`);
  assert.equal(new Set(names).size, names.length);
  assert.ok(events.some(({ type }) => type === 'dev.railiance.run.continued'));
  const ended = events.filter(({ type }) => type.includes('.pipelinerun.finished.'));
  const begun = events.filter(({ type }) => type.includes('.pipelinerun.started.'));
  assert.equal(ended.length, begun.length);
});
