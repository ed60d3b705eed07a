import { configurationHash } from '../../config/canonical.ts';
import type { AppSpec } from '../../domain/app.ts';
import { Failure } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import { type Release, type ReleaseKind, releaseSchema } from '../../domain/release.ts';
import { isSameRelease } from '../sameRelease.ts';
import { defineStep, type StepContext } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { GateOutput } from './gate.ts';
import type { PushOutput } from './push.ts';
import type { SecretsOutput } from './secrets.ts';
import type { StartOutput } from './start.ts';
import type { VerifyOutput } from './verify.ts';

export interface RecordInput {
  readonly target: Target;
  readonly kind: ReleaseKind;
  readonly spec: AppSpec;
  /** Number of the release that comes back. */
  readonly restores?: number;
  /** Stage that the artifact comes from. */
  readonly promotedFrom?: string;
}

export interface RecordOutput {
  /** Of the release that serves now. */
  readonly number: number;
}

type Ports = Pick<StepPorts, 'releases' | 'clock'>;

/** Writes the release down. From here on it is what the stage returns to. */
export function createRecordStep({ releases, clock }: Ports) {
  return defineStep<RecordInput, RecordOutput>({
    name: 'record',

    async run(input, context) {
      const current = await releases.newest(input.target);
      const release = releaseOf(input, context, clock.now().toISOString(), current);
      if (current && current.runId !== context.runId && isSameRelease(current, release)) {
        const observed = `release ${current.number} is this already`;
        return { status: 'succeeded', output: { number: current.number }, observed, changed: false };
      }
      const { number } = await releases.record(release, context.fencing);
      return { status: 'succeeded', output: { number }, observed: `release ${number}`, changed: true };
    },

    async undo({ target }, _output, { runId }) {
      const release = await releases.newest(target);
      if (release?.runId !== runId) return;
      throw new Failure('take the release back', `release ${release.number} is recorded`, {
        hint: 'railiance rollback brings back the one before',
      });
    },
  });
}

function releaseOf(
  { target, kind, spec, restores, promotedFrom }: RecordInput,
  context: StepContext,
  verifiedAt: string,
  current: Release | undefined,
): Omit<Release, 'number'> {
  const { runId, actor, startedAt, checks } = context;
  const despite = context.outputOf<GateOutput>('gate')?.despite ?? [];
  const published = context.outputOf<PushOutput>('push');
  const { chartRevision } = context.outputOf<StartOutput>('start') ?? {};
  const replaced = current?.runId === runId ? current.replaced : current?.number;
  return {
    schema: releaseSchema,
    ...target,
    kind,
    artifact: context.output<VerifyOutput>('verify').artifact,
    ...(published && { published }),
    configurationHash: configurationHash(spec),
    spec,
    secrets: context.output<SecretsOutput>('secrets'),
    runId,
    actor,
    startedAt,
    verifiedAt,
    ...(replaced !== undefined && { replaced }),
    ...(restores !== undefined && { restores }),
    ...(promotedFrom !== undefined && { promotedFrom }),
    checks,
    ...(chartRevision !== undefined && { chartRevision }),
    ...(despite.length > 0 && { despite }),
  };
}
