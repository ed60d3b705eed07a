import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { AppSpec } from '../../domain/app.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Release } from '../../domain/release.ts';
import type { Stage } from '../../domain/stage.ts';
import { sampleApp, sampleArtifact, sampleRelease } from '../../testing/sampleRelease.ts';
import { planDeploy } from './deploy.ts';
import type { Source } from './facts.ts';
import { planPromote } from './promote.ts';
import { planRestart } from './restart.ts';
import { planRollback } from './rollback.ts';
import { planRun } from './run.ts';

const canary: Stage = { name: 'canary', engine: 'local', production: false, settings: {} };
const production: Stage = { ...canary, name: 'production', production: true };
const registry = { push: 'r:1/team', pull: 'p:1/team', plainHttp: true, token: 'realm', credentials: {} } as const;
const pulling: Stage = { ...canary, engine: 'kubernetes', pulls: true, registry };
const release = (tag: string, number: number, more: Partial<Release> = {}): Release => ({
  ...sampleRelease(tag, more),
  number,
});
const building = (tag: string): Source => ({
  kind: 'build',
  revision: { tag, dirty: tag.includes('-dirty-') },
  builder: 'node',
});
const ready = (tag: string): Source => ({ kind: 'artifact', artifact: sampleArtifact(tag) });

const withDatabase: AppSpec = {
  ...sampleApp,
  database: { name: 'probe', user: 'probe', migrate: ['migrate'], migrateTimeoutMs: 1, scope: 'stage' },
};
const facts = { app: sampleApp, stage: canary, despite: [] };
const rollOut = 'start smoke-candidate activate smoke-public record retire prune';

const idsOf = ({ steps }: Plan) => steps.map(({ id }) => id).join(' ');
const inputOf = ({ steps }: Plan, id: string) => steps.find((step) => step.id === id)?.input;

describe('a plan', () => {
  const cases: readonly { name: string; plan: Plan; ids: string }[] = [
    {
      name: 'deploy from source',
      plan: planDeploy({ ...facts, from: building('v1') }),
      ids: `source build verify gate secrets ${rollOut}`,
    },
    {
      name: 'deploy of an image that is there',
      plan: planDeploy({ ...facts, from: ready('v1') }),
      ids: `verify gate secrets ${rollOut}`,
    },
    {
      name: 'deploy with a database',
      plan: planDeploy({ ...facts, app: withDatabase, from: ready('v1') }),
      ids: `verify gate provision secrets migrate ${rollOut}`,
    },
    {
      name: 'deploy that is watched',
      plan: planDeploy({
        ...facts,
        app: { ...sampleApp, deploy: { values: [], observeMs: 5_000 } },
        from: ready('v1'),
      }),
      ids: `verify gate secrets ${rollOut.replace('smoke-public', 'smoke-public observe')}`,
    },
    {
      name: 'promotion, without a build',
      plan: planPromote({ ...facts, stage: production, from: { stage: 'canary', release: release('v1', 3) } }),
      ids: `verify gate secrets ${rollOut}`,
    },
    {
      name: 'rollback, without a migration',
      plan: planRollback({
        stage: canary,
        despite: [],
        app: 'probe',
        current: release('v2', 2),
        releases: [release('v2', 2), release('v1', 1, { spec: withDatabase })],
      }),
      ids: `verify gate secrets ${rollOut}`,
    },
    {
      name: 'restart, without a record',
      plan: planRestart({ stage: canary, despite: [], app: 'probe', current: release('v1', 1) }),
      ids: 'verify gate secrets start smoke-candidate activate smoke-public retire',
    },
    {
      name: 'deploy to a stage that pulls',
      plan: planDeploy({ ...facts, stage: pulling, from: building('v1') }),
      ids: `source build verify push gate secrets ${rollOut}`,
    },
    {
      name: 'deploy that cleans the registry up',
      plan: planDeploy({
        ...facts,
        app: { ...sampleApp, retention: { keep: 5, registry: true } },
        stage: pulling,
        stages: [pulling],
        from: ready('v1'),
      }),
      ids: `verify push gate secrets ${rollOut} prune-registry`,
    },
    {
      name: 'rollback on a stage that pulls',
      plan: planRollback({
        stage: pulling,
        despite: [],
        app: 'probe',
        current: release('v2', 2),
        releases: [release('v2', 2), release('v1', 1)],
      }),
      ids: `verify push gate secrets ${rollOut}`,
    },
    {
      name: 'run on this machine',
      plan: planRun({ ...facts, app: withDatabase, from: building('v1') }),
      ids: 'source build verify gate provision secrets migrate start smoke-candidate stop clean-exit',
    },
  ];
  for (const { name, plan, ids } of cases) {
    test(`of a ${name}: ${ids}`, () => {
      assert.equal(idsOf(plan), ids);
      assert.equal(new Set(plan.steps.map(({ id }) => id)).size, plan.steps.length, 'ids are unique');
      assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan, 'it is plain JSON');
      // The old version is stopped only once the new one is on record.
      const order = ids.split(' ');
      if (order.includes('record')) assert.ok(order.indexOf('record') < order.indexOf('retire'));
      if (plan.commitsAt) assert.ok(order.indexOf(plan.commitsAt) > order.indexOf('activate'));
      if (plan.commitsAt) assert.ok(order.indexOf(plan.commitsAt) < order.indexOf('retire'));
    });
  }

  test('names what it replaces, and what has nothing to return to', () => {
    const [first] = planDeploy({ ...facts, from: ready('v1') }).notes;
    assert.match(first ?? '', /first release here/);
    const [second] = planDeploy({ ...facts, from: ready('v2'), current: release('v1', 4) }).notes;
    assert.match(second ?? '', /takes the place of release 4 \(v1\)/);
  });

  test('of a promotion holds the very artifact, and says where it comes from', () => {
    const from = { stage: 'canary', release: release('v1', 3) };
    const plan = planPromote({ ...facts, stage: production, from });
    assert.deepEqual(inputOf(plan, 'verify'), { artifact: from.release.artifact });
    assert.equal(inputOf(plan, 'record')?.promotedFrom, 'canary');
  });

  test('for a stage that pulls names both addresses, and the layers to know others by', () => {
    const [published, earlier] = ['v1', 'v2'].map((tag) => {
      const { manifestDigest } = sampleArtifact(tag);
      return { reference: `p:1/team/probe:${tag}@${manifestDigest}`, manifestDigest };
    });
    assert.ok(published && earlier);
    const from = { stage: 'canary', release: release('v1', 3, { published }) };
    const current = release('v2', 2, { published: earlier });
    const repository = { push: 'r:1/team/probe', pull: 'p:1/team/probe' };
    const promote = planPromote({ ...facts, stage: pulling, from, current });
    const push = { repository, published, earlier: [earlier.manifestDigest], goesOn: false };
    assert.deepEqual(inputOf(promote, 'push'), push);
    const artifact = from.release.artifact;
    const remote = { repository, published, fetch: false, goesOn: false };
    assert.deepEqual(inputOf(promote, 'verify'), { artifact, remote });
    const restart = planRestart({ stage: pulling, despite: [], app: 'probe', current: from.release });
    assert.deepEqual(inputOf(restart, 'push'), {
      ...push,
      earlier: [published.manifestDigest],
      goesOn: true,
    });
  });

  test('of a rollback holds image, configuration and secrets of that release, and asks only what it must', () => {
    const spec = { ...sampleApp, run: { ...sampleApp.run, env: { COLOUR: 'blue' } } };
    const old = release('v1', 1, { spec, secrets: { version: 'c'.repeat(64), names: ['A'] } });
    const releases = [release('v2', 2), old];
    const plan = planRollback({ stage: canary, despite: [], app: 'probe', current: releases[0] as Release, releases });
    assert.deepEqual(inputOf(plan, 'verify'), { artifact: old.artifact });
    assert.deepEqual(inputOf(plan, 'start')?.run, spec.run);
    assert.equal(inputOf(plan, 'secrets')?.version, old.secrets.version);
    assert.equal(inputOf(plan, 'gate')?.essentialOnly, true);
    assert.equal(inputOf(plan, 'record')?.restores, 1);
  });

  test('of a rollback to a rollback restores where that one came from', () => {
    const releases = [release('v3', 3), release('v1', 2, { kind: 'rollback', restores: 1 }), release('v1', 1)];
    const chosen = { stage: canary, despite: [], app: 'probe', current: releases[0] as Release, releases, to: 2 };
    assert.equal(inputOf(planRollback(chosen), 'record')?.restores, 1);
  });
});

describe('a plan is refused', () => {
  const none = { stage: canary, despite: [], app: 'probe' };
  const only = { ...none, current: release('v1', 1), releases: [release('v1', 1)] };
  const dirty = 'v1-dirty-1234';
  const cases: readonly { name: string; plan: () => Plan; exitCode: number; words: RegExp }[] = [
    {
      name: 'for a dirty tree on production',
      plan: () => planDeploy({ ...facts, stage: production, from: building(dirty) }),
      exitCode: 4,
      words: /uncommitted changes/,
    },
    {
      name: 'for an image of a dirty tree on production',
      plan: () => planDeploy({ ...facts, stage: production, from: ready(dirty) }),
      exitCode: 4,
      words: /uncommitted changes/,
    },
    {
      name: 'to promote a dirty tree to production',
      plan: () => planPromote({ ...facts, stage: production, from: { stage: 'canary', release: release(dirty, 1) } }),
      exitCode: 4,
      words: /uncommitted changes/,
    },
    {
      name: 'to promote what was never released',
      plan: () => planPromote({ ...facts, stage: production, from: { stage: 'canary' } }),
      exitCode: 2,
      words: /probe@canary has no verified release/,
    },
    {
      name: 'to roll back before the first release',
      plan: () => planRollback({ ...none, releases: [] }),
      exitCode: 2,
      words: /probe@canary has no release/,
    },
    {
      name: 'to roll back from the only release',
      plan: () => planRollback(only),
      exitCode: 2,
      words: /no release before 1/,
    },
    {
      name: 'to roll back to what is not there',
      plan: () => planRollback({ ...only, to: 7 }),
      exitCode: 2,
      words: /no release 7/,
    },
    {
      name: 'to restart what was never released',
      plan: () => planRestart(none),
      exitCode: 2,
      words: /has no release/,
    },
  ];
  for (const { name, plan, exitCode, words } of cases) {
    test(name, () => {
      assert.throws(plan, (error: Error & { exitCode: number; hint?: string }) => {
        assert.equal(error.exitCode, exitCode);
        assert.match(error.message, words);
        assert.ok(error.hint, 'it says what to do next');
        return true;
      });
    });
  }

  test('never for a dirty tree on a stage where work is tried', () => {
    assert.equal(planDeploy({ ...facts, from: building(dirty) }).command, 'deploy');
  });
});
