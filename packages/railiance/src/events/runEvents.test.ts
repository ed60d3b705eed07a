import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { RunEntry, RunRecord } from '../domain/runRecord.ts';
import { createMortal } from '../testing/mortal.ts';
import { createStageWorld, type Order, target, type World } from '../testing/stageWorld.ts';
import type { CloudEvent } from './cloudEvent.ts';
import { eventsOfRun, type Surroundings } from './runEvents.ts';

const nothingAround: Surroundings = { evidence: new Map() };

async function journalAfter(...orders: readonly Order[]): Promise<readonly RunRecord[]> {
  const world = createStageWorld();
  for (const order of orders) await world.obey(order).catch(() => {});
  return newest(world);
}

async function newest(world: World): Promise<readonly RunRecord[]> {
  const [runId = ''] = await world.runs.list(target);
  return world.runs.read(target, runId);
}

function told(records: readonly RunRecord[], around = nothingAround): readonly CloudEvent[] {
  return eventsOfRun(records, around).flatMap(({ events }) => events);
}

function named(events: readonly CloudEvent[], name: string): readonly CloudEvent[] {
  return events.filter(({ type }) => type === `dev.cdevents.${name}.0.2.0`);
}

function partsOf(event: CloudEvent | undefined) {
  const data = event?.data as {
    readonly subject: { readonly id: string; readonly content: Record<string, unknown> };
    readonly customData: Record<string, unknown>;
  };
  return { content: data?.subject.content ?? {}, custom: data?.customData ?? {}, subjectId: data?.subject.id };
}

describe('the events of a deploy', () => {
  test('are its run, each step, what was built, what the checks said, and the release', async () => {
    const events = told(await journalAfter({ do: 'deploy', tag: 'v1' }));
    const [started] = events;
    assert.equal(started?.type, 'dev.cdevents.pipelinerun.started.0.2.0');
    const { custom, content } = partsOf(named(events, 'pipelinerun.finished')[0]);
    assert.deepEqual([content.outcome, custom.status, custom.command], ['success', 'succeeded', 'deploy']);
    assert.equal(named(events, 'taskrun.started').length, named(events, 'taskrun.finished').length);
    assert.equal(named(events, 'artifact.packaged').length, 1);
    const suites = named(events, 'testsuiterun.finished').map((event) => partsOf(event).custom.suite);
    assert.deepEqual(suites, ['gate', 'smoke-candidate', 'smoke-public']);
    const release = partsOf(named(events, 'service.deployed')[0]);
    assert.deepEqual([release.custom.release, release.custom.tag, release.custom.kind], [1, 'v1', 'deploy']);
    assert.equal(release.content.artifactId?.toString().startsWith('pkg:oci/probe@sha256%3A'), true);
  });

  test('are an upgrade the second time, and a rollback when the old one comes back', async () => {
    const upgrade = told(await journalAfter({ do: 'deploy', tag: 'v1' }, { do: 'deploy', tag: 'v2' }));
    assert.equal(named(upgrade, 'service.upgraded').length, 1);
    const back = await journalAfter({ do: 'deploy', tag: 'v1' }, { do: 'deploy', tag: 'v2' }, { do: 'rollback' });
    const { custom } = partsOf(named(told(back), 'service.rolledback')[0]);
    assert.deepEqual([custom.tag, custom.release], ['v1', 3]);
  });

  test('carry what a hub places them by, and what CDEvents require', async () => {
    const records = await journalAfter({ do: 'deploy', tag: 'v1' }, { do: 'deploy', tag: 'v2 crashes' });
    for (const event of told(records)) {
      const { id, source, type, subject, hub, stage, runid, author, time } = event;
      assert.deepEqual([hub, stage, source, author], ['probe', 'canary', '/railiance/probe/canary', 'ada@here']);
      assert.ok(runid.length > 0 && id.startsWith(`${runid}.`) && Date.parse(time) > 0, id);
      const { context, subject: about } = event.data as Record<string, Record<string, unknown>>;
      assert.deepEqual(context, { version: '0.4.1', id, source, type, timestamp: time });
      assert.equal(about?.id, subject);
      assert.equal(String(about?.type).toLowerCase(), type.split('.')[2]);
    }
  });
});

describe('a deploy that fails', () => {
  const evidence = {
    logs: Array.from({ length: 100 }, (_, line) => `line ${line}\0`),
    exitCode: 7,
    details: { a: 'b' },
  };
  const facts = (records: readonly RunRecord[]): Surroundings => ({
    evidence: new Map(
      records.flatMap((record) =>
        record.kind === 'step-outcome' && 'evidenceFile' in record.outcome
          ? [[record.outcome.evidenceFile, evidence] as const]
          : [],
      ),
    ),
  });

  test('tells its cause, what it was to deploy, and the end of its evidence', async () => {
    const records = await journalAfter({ do: 'deploy', tag: 'v1' }, { do: 'deploy', tag: 'v2-crashes' });
    const { content, custom } = partsOf(named(told(records, facts(records)), 'pipelinerun.finished')[0]);
    assert.deepEqual([content.outcome, custom.status, custom.tag], ['failure', 'rolled_back', 'v2-crashes']);
    assert.equal(typeof custom.digest, 'string');
    assert.ok(String(content.errors).length > 0);
    const excerpt = custom.evidence as { readonly logs: readonly string[]; readonly exitCode: number };
    assert.deepEqual([excerpt.logs.length, excerpt.logs.at(-1), excerpt.exitCode], [40, 'line 99', 7]);
    const undone = named(told(records), 'taskrun.finished').filter(({ subject }) => subject.includes('/undo-'));
    assert.ok(undone.length > 0);
  });

  test('on a check says which suite, and why', async () => {
    const records = await journalAfter({ do: 'deploy', tag: 'v1-wrong-page' });
    const { content, custom } = partsOf(named(told(records), 'testsuiterun.finished').at(-1));
    assert.deepEqual([content.outcome, custom.suite], ['fail', 'smoke-candidate']);
    assert.match(String(content.reason), /v1-wrong-page/);
  });

  test('before it reached the stage says nothing of a deployment; one that was refused did not fail', async () => {
    const records = await journalAfter({ do: 'deploy', tag: 'v1' });
    const cut = records.findIndex((record) => record.kind === 'step-intent' && record.step === 'gate') + 1;
    const at = '2026-01-01T00:00:00.000Z';
    const cause = { name: 'gate', summary: 'NO-GO: disk space' } as const;
    const entries: readonly RunEntry[] = [
      {
        kind: 'step-outcome',
        step: 'gate',
        durationMs: 3,
        outcome: { status: 'failed', cause, evidenceFile: '/e', exitCode: 4 },
      },
      { kind: 'failing', step: 'gate', cause, exitCode: 4 },
      { kind: 'run-ended', state: 'rolled-back', exitCode: 4, detail: 'nothing had to be undone' },
    ];
    const refused = [...records.slice(0, cut), ...entries.map((entry, n) => ({ ...entry, seq: cut + 1 + n, at }))];
    const events = told(refused);
    const gate = partsOf(named(events, 'testsuiterun.finished')[0]);
    assert.deepEqual([gate.custom.suite, gate.content.outcome], ['gate', 'fail']);
    const { content, custom } = partsOf(named(events, 'pipelinerun.finished')[0]);
    assert.deepEqual([content.outcome, custom.digest], ['cancel', undefined]);
  });
});

test('a run that needs a person is an incident, and the next one that ends well settles it', async () => {
  const records = await journalAfter({ do: 'deploy', tag: 'v1' });
  const last = records.at(-1);
  assert.equal(last?.kind, 'run-ended');
  const stuck = [...records.slice(0, -1), { ...last, state: 'needs-person', exitCode: 5, detail: 'nothing serves' }];
  const [incident] = named(told(stuck as RunRecord[]), 'incident.detected');
  assert.equal(partsOf(incident).content.description, 'nothing serves');
  const around = { ...nothingAround, unsettled: { runId: '000001-00000000', detail: 'nothing serves' } };
  const resolved = partsOf(named(told(records, around), 'incident.resolved')[0]);
  assert.equal(resolved.subjectId, '000001-00000000');
  assert.equal(resolved.custom.cause, 'nothing serves');
});

test('wherever a process dies and another goes on, every event has one identity, and only ever one form', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.constantFrom('resume', 'abandon'), async (point, how) => {
      const world = createStageWorld();
      await world.obey({ do: 'deploy', tag: 'v1' });
      const died = await world.obey({ do: 'deploy', tag: 'v2' }, createMortal(point)).catch(() => undefined);
      const before = told(await newest(world));
      if (died === 'died') await world.obey({ do: how as 'resume' | 'abandon' }).catch(() => {});
      const after = told(await newest(world));
      assert.equal(new Set(after.map(({ id }) => id)).size, after.length);
      if (before[0]?.runid === after[0]?.runid) assert.deepEqual(after.slice(0, before.length), before);
    }),
    { numRuns: 40, verbose: 1 },
  );
});
