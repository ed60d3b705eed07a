import type { RunSpec } from '../../domain/app.ts';
import type { Target } from '../../domain/name.ts';
import type { Release } from '../../domain/release.ts';
import type { InstanceSpec, Placement, Route, StartFailed } from '../../engines/engine.ts';
import { restoreRoute } from '../restoreRoute.ts';
import { instanceIdOf, isInstanceOf } from '../runId.ts';
import { isSameRelease } from '../sameRelease.ts';
import { defineStep, type StepContext, type StepResult } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { PushOutput } from './push.ts';
import type { SecretsOutput } from './secrets.ts';
import type { VerifyOutput } from './verify.ts';

export interface StartInput {
  readonly target: Target;
  readonly run: RunSpec;
  readonly deploy: Placement;
  readonly configurationHash: string;
  /** Start a new instance even where the same release serves already. */
  readonly fresh: boolean;
}

export interface StartOutput {
  readonly instanceId: string;
  /** Leads to this instance alone. */
  readonly candidate: Route;
  /** Instance that served before; null where none did. */
  readonly previous: string | null;
  /** The very same release was found serving. */
  readonly reused: boolean;
  /** Commit or version of the app's own chart. */
  readonly chartRevision?: string;
}

type Ports = Pick<StepPorts, 'engine' | 'images' | 'releases'>;

/** Starts a new instance beside the one that serves, unless the very same release serves already. */
export function createStartStep(ports: Ports) {
  const { engine, releases } = ports;
  return defineStep<StartInput, StartOutput>({
    name: 'start',
    interruptible: true,

    ahead: {
      during: 'gate',
      async run(input, context) {
        const release = engine.prepare && (await releases.newest(input.target));
        if (!release) return;
        const id = instanceIdOf(context.runId, context.runId);
        // Secrets seldom change; where they did, it is made ready again.
        await engine.prepare?.(instanceSpec(id, input, release.secrets, context, ports), context.signal);
      },
    },

    async run(input, context) {
      const { target } = input;
      await engine.ensure(context.progress);
      const [release, { active }] = await Promise.all([sameRelease(input, context, ports), engine.status(target)]);
      const id = instanceIdOf(release?.runId ?? context.runId, context.runId);
      if (!input.fresh && release && active?.state === 'ready' && isInstanceOf(active.id, release.runId)) {
        const output = { instanceId: active.id, candidate: await engine.route(target), previous: null, reused: true };
        return { status: 'succeeded', output, observed: `release ${release.number} serves already`, changed: false };
      }
      const previous = active && active.id !== id ? active.id : null;
      const secrets = context.output<SecretsOutput>('secrets');
      return await start(instanceSpec(id, input, secrets, context, ports), previous, context, ports);
    },

    async undo(input, output, context) {
      const { target } = input;
      const release = await releases.newest(target);
      if (release?.runId === context.runId) throw new Error(`release ${release.number} is recorded and stays`);
      await engine.ensure(context.progress);
      const same = await sameRelease(input, context, ports);
      const id = instanceIdOf(same?.runId ?? context.runId, context.runId);
      // Only a damaged journal forgets the switch; what serves is not taken away even then.
      const { active } = await engine.status(target);
      if (active?.id === id) await restoreRoute(target, output?.previous ?? null, context, ports);
      await engine.retire(target, id, context);
    },
  });
}

async function start(
  spec: InstanceSpec,
  previous: string | null,
  context: StepContext,
  { engine }: Ports,
): Promise<StepResult<StartOutput>> {
  try {
    const { candidate, readyMs, warnings, chartRevision } = await engine.start(spec, context);
    const revision = chartRevision === undefined ? {} : { chartRevision };
    const output = { instanceId: spec.id, candidate, previous, reused: false, ...revision };
    const observed = `ready after ${Math.round(readyMs)} ms`;
    return { status: 'succeeded', output, observed, changed: true, warnings };
  } catch (error) {
    if (!isStartFailed(error)) throw error;
    return { status: 'failed', cause: error.why, evidence: error.evidence };
  }
}

function instanceSpec(
  id: string,
  { target, run, deploy }: StartInput,
  { version: secretsVersion }: Pick<SecretsOutput, 'version'>,
  context: StepContext,
  { images }: Ports,
): InstanceSpec {
  const { artifact } = context.output<VerifyOutput>('verify');
  const image = context.outputOf<PushOutput>('push')?.reference;
  const labels = { tag: artifact.revision.tag, run: context.runId };
  const { layoutDir } = images;
  return {
    ...target,
    id,
    artifact,
    layoutDir,
    ...(image !== undefined && { image }),
    deploy,
    run,
    secretsVersion,
    labels,
  };
}

/** The current release, where it is just what this run is to start. */
async function sameRelease(input: StartInput, context: StepContext, { releases }: Ports): Promise<Release | undefined> {
  const release = await releases.newest(input.target);
  const { artifact } = context.output<VerifyOutput>('verify');
  const { version } = context.output<SecretsOutput>('secrets');
  const { configurationHash } = input;
  return release && isSameRelease(release, { artifact, configurationHash, secrets: { version } }) ? release : undefined;
}

/** By its name: adapters are imported as types only. */
function isStartFailed(error: unknown): error is StartFailed {
  return error instanceof Error && error.name === 'StartFailed' && 'why' in error && 'evidence' in error;
}
