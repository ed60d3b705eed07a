import { Failure, problemOf } from '../../domain/failure.ts';
import type { ImageRepository, PublishedImage } from '../../domain/registry.ts';
import type { Publication } from '../imageRegistry.ts';
import { defineStep, type StepContext } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { BuildOutput } from './build.ts';
import type { VerifyOutput } from './verify.ts';

export interface PushInput {
  readonly repository: ImageRepository;
  /** The image where an earlier release has it from. */
  readonly published?: PublishedImage;
  /** Digests of the repository's manifests that probably have layers in common. */
  readonly earlier: readonly string[];
  /** Goes on where the registry cannot be asked: the stage ran this image before, and may still have it. */
  readonly goesOn: boolean;
}

export type PushOutput = PublishedImage;

/** Puts the image where the stage pulls it from. What was sent and is not needed in the end is left to `registry prune`. */
export function createPushStep(ports: Pick<StepPorts, 'images' | 'registry'>) {
  return defineStep<PushInput, PushOutput>({
    name: 'push',
    interruptible: true,
    async run(input, context) {
      try {
        const { unchanged, sentBytes, ...published } = await publish(input, context, ports);
        const words = unchanged ? 'is there already' : `${(sentBytes / 1e6).toFixed(1)} MB sent`;
        const observed = `${published.manifestDigest.slice(0, 19)}, ${words}`;
        return { status: 'succeeded', output: published, observed, changed: !unchanged };
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof Failure)) throw error;
        if (input.goesOn && input.published) {
          const warnings = [`went on without looking into the registry: ${problemOf(error)}`];
          const observed = 'not looked at: it was pushed for an earlier release';
          return { status: 'succeeded', output: input.published, observed, changed: false, warnings };
        }
        const hint = error.hint === undefined ? {} : { hint: error.hint };
        return {
          status: 'failed',
          cause: { name: 'push', summary: problemOf(error), ...hint },
          evidence: { details: { repository: input.repository, error: problemOf(error) } },
        };
      }
    },
  });
}

function publish(
  { repository, published, earlier }: PushInput,
  { output, outputOf, signal, progress }: StepContext,
  { images, registry }: Pick<StepPorts, 'images' | 'registry'>,
): Promise<Publication> {
  const { artifact } = output<VerifyOutput>('verify');
  const known = published ?? outputOf<BuildOutput>('build')?.published;
  const { layoutDir } = images;
  return registry.publish({
    artifact,
    repository,
    layoutDir,
    ...(known && { published: known }),
    earlier,
    progress,
    signal,
  });
}
