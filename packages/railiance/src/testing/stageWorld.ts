import { defineBuilder } from '../builders/builder.ts';
import { defineCheck } from '../checks/check.ts';
import type { AppSpec, SmokeSpec } from '../domain/app.ts';
import type { Artifact, Revision } from '../domain/artifact.ts';
import { Failure } from '../domain/failure.ts';
import { target as targetOf } from '../domain/name.ts';
import type { Plan } from '../domain/plan.ts';
import type { Stage } from '../domain/stage.ts';
import type { ImageStore } from '../pipeline/imageStore.ts';
import { createLeases } from '../pipeline/leases.ts';
import { planDeploy } from '../pipeline/plan/deploy.ts';
import { planRestart } from '../pipeline/plan/restart.ts';
import { planRollback } from '../pipeline/plan/rollback.ts';
import type { RunEvent } from '../pipeline/runEvents.ts';
import { createRunner } from '../pipeline/runner.ts';
import type { RunSummary } from '../pipeline/runSummary.ts';
import { createSteps } from '../pipeline/stepRegistry.ts';
import { generateMissing } from '../secrets/generate.ts';
import { createFakeClock } from './fakeClock.ts';
import { createFakeDatabase } from './fakeDatabase.ts';
import { createFakeEngine, type FakeEngine } from './fakeEngine.ts';
import { createMemoryImageRegistry, type MachineImages } from './memoryImageRegistry.ts';
import { createMemoryLeaseStore } from './memoryLeaseStore.ts';
import { createMemoryReleaseStore } from './memoryReleaseStore.ts';
import { createMemoryRunStore } from './memoryRunStore.ts';
import { createMemorySecretStore } from './memorySecretStore.ts';
import { createMortal, type Mortal } from './mortal.ts';
import { sampleApp, sampleArtifact } from './sampleRelease.ts';

export const stage: Stage = { name: 'canary', engine: 'fake', production: false, settings: {} };

/** The same, with images from a registry. */
export const pullingStage: Stage = {
  ...stage,
  pulls: true,
  registry: { push: 'registry:5000', pull: 'registry:5000', plainHttp: true, token: 'realm', credentials: {} },
};
export const target = targetOf('probe', 'canary');

export const app: AppSpec = {
  ...sampleApp,
  database: { name: 'probe', user: 'probe', migrate: ['migrate'], migrateTimeoutMs: 1_000, scope: 'stage' },
  secrets: { required: ['DATABASE_URL'], generate: ['SESSION_SECRET'] },
  retention: { keep: 3 },
};

/** What a command line would ask for. Words in the tag say how that version behaves. */
export type Order =
  | { readonly do: 'deploy'; readonly tag: string }
  | { readonly do: 'rollback' | 'restart' | 'resume' | 'abandon' };

export interface World {
  readonly engine: FakeEngine;
  readonly releases: ReturnType<typeof createMemoryReleaseStore>;
  readonly runs: ReturnType<typeof createMemoryRunStore>;
  readonly events: RunEvent[];
  /** What broke a rule that must never be broken, in words. */
  readonly violations: string[];
  /** Obeys an order in a process of its own; `died` where that was killed at the given point. @throws what the runner throws */
  obey(order: Order, process?: Mortal, signal?: AbortSignal): Promise<RunSummary | 'died'>;
}

/** A stage with all its stores in memory, on which real steps run; whatever dies, the world stays. */
export function createStageWorld(of: Stage = stage): World {
  const clock = createFakeClock();
  const releases = createMemoryReleaseStore();
  const runs = createMemoryRunStore({ clock });
  const leases = createMemoryLeaseStore();
  const secrets = createMemorySecretStore();
  const database = createFakeDatabase();
  const images = createImages();
  const registry = createMemoryImageRegistry(images);
  const events: RunEvent[] = [];
  const violations: string[] = [];
  const alive = new Set<number>();
  let nextPid = 1;
  /** Where the source stands. */
  let checkedOut = '';

  const mayServe = new Set<string>();
  const engine = createFakeEngine({
    secrets,
    behaviour: ({ artifact }) => (artifact.revision.tag.includes('crashes') ? 'crash' : undefined),
    failsTask: ({ artifact }) => artifact.revision.tag.includes('unmigrated'),
    watch(change, id) {
      // An instance that brings the release on record back was tested when that release was made.
      if (change === 'activate' && !mayServe.has(id) && !id.endsWith('-back'))
        violations.push(`${change} ${id}: it was never smoke-tested`);
      if (change === 'retire' && served && engine.activeOf(target)?.id === id)
        violations.push(`${change} ${id}: it serves`);
    },
  });
  /** A verified release is on record: from then on something has to serve. */
  let served = false;

  const smokeCheck = defineCheck<SmokeSpec>({
    name: 'smoke',
    async run(spec, { route }) {
      const instance = engine.instanceAt(route);
      const tag = instance?.artifact.revision.tag ?? '';
      const bad = route.url.includes('.candidate.') ? 'wrong-page' : 'wrong-route';
      const passes = instance !== undefined && !tag.includes(bad);
      if (passes && instance) mayServe.add(instance.id);
      return { name: spec.name, verdict: passes ? 'pass' : 'fail', summary: `saw ${tag}`, durationMs: 1 };
    },
  });
  const builder = defineBuilder({
    name: 'fake',
    detect: async () => true,
    build: async ({ revision }) => images.make(revision),
  });

  async function order(what: Order, mortal: Mortal, signal: AbortSignal, pid: number) {
    const isAlive = ({ pid: other }: { pid: number }) => alive.has(other);
    const self = { owner: 'ada', host: 'here', pid, processStartedAt: String(pid), bootId: 'boot' };
    const mortalClock = mortal.lend('clock', clock);
    const steps = createSteps({
      engine: mortal.lend('engine', engine),
      images: mortal.lend('images', images),
      registry: mortal.lend('registry', registry),
      builderFor: async () => mortal.lend('builder', builder),
      revisionOf: async () => revisionOf(checkedOut),
      gateChecks: async () => [],
      smokeCheck: mortal.lend('smoke', smokeCheck),
      secrets: mortal.lend('secrets', secrets),
      generateMissing,
      database: mortal.lend('database', database),
      releases: mortal.lend('releases', {
        ...releases,
        async record(release, fencing) {
          const recorded = await releases.record(release, fencing);
          served = true;
          return recorded;
        },
      }),
      clock: mortalClock,
      commitTimes: async () => new Map(),
      recordsOf: () => ({ engine: mortal.lend('engine', engine), releases: mortal.lend('releases', releases) }),
    });
    const runner = createRunner({
      runs: mortal.lend('runs', runs),
      leases: createLeases({
        store: mortal.lend('leases', leases),
        clock: mortalClock,
        self: () => self,
        isAlive,
        ttlMs: 1_000,
      }),
      clock: mortalClock,
      stepOf: steps,
      observer: (event) => {
        if (!mortal.dead) events.push(event);
      },
    });
    const options = { target, actor: 'ada@here', command: what.do, signal };
    if (what.do === 'resume' || what.do === 'abandon') {
      const [runId = ''] = await runs.list(target);
      return await runner[what.do]({ ...options, runId });
    }
    return await runner.run({ ...options, plan: () => planFor(what) });
  }

  async function planFor(what: Order): Promise<Plan> {
    const list = await releases.list(target);
    const facts = { stage: of, despite: [], ...(list[0] && { current: list[0] }) };
    if (what.do === 'rollback') return planRollback({ ...facts, app: 'probe', releases: list });
    if (what.do === 'restart') return planRestart({ ...facts, app: 'probe' });
    return planDeploy({ ...facts, app, from: { kind: 'build', revision: revisionOf(checkedOut), builder: 'fake' } });
  }

  return {
    engine,
    releases,
    runs,
    events,
    violations,
    async obey(what, mortal = createMortal(), signal = new AbortController().signal) {
      if (what.do === 'deploy') checkedOut = what.tag;
      const pid = nextPid++;
      alive.add(pid);
      try {
        return await Promise.race([order(what, mortal, signal, pid), mortal.death.then(() => 'died' as const)]);
      } finally {
        alive.delete(pid);
      }
    },
  };
}

function revisionOf(tag: string): Revision {
  return { tag, dirty: false };
}

function createImages(): ImageStore & MachineImages & { make(revision: Revision): Artifact } {
  const made = new Map<string, Artifact>();
  return {
    layoutDir: '/images',
    has: ({ revision }) => made.has(revision.tag),
    put: (artifact) => made.set(artifact.revision.tag, artifact),
    make(revision) {
      const artifact = sampleArtifact(revision.tag);
      made.set(revision.tag, artifact);
      return artifact;
    },
    find: async (_app, tag) => made.get(tag),
    tags: async () => [...made.keys()].sort(),
    async verify(artifact) {
      if (!made.has(artifact.revision.tag)) throw new Failure('verify image', `${artifact.revision.tag} is not there`);
    },
    versions: async () => [...made.keys()].map((tag, age) => ({ tag, age })),
    async prune(_app, tags, keep) {
      const removed = [...made].filter(([tag, { manifestDigest }]) => tags.has(tag) && !keep.has(manifestDigest));
      for (const [tag] of removed) made.delete(tag);
      return { removed: removed.map(([tag]) => tag), freedBytes: removed.length };
    },
  };
}
