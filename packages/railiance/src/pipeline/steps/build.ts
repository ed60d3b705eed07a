import type { AppSpec } from '../../domain/app.ts';
import type { Artifact, Revision } from '../../domain/artifact.ts';
import { Failure, problemOf } from '../../domain/failure.ts';
import type { ImageRepository, PublishedImage } from '../../domain/registry.ts';
import { defineStep, type StepContext } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';

export interface BuildInput {
  readonly app: AppSpec;
  readonly revision: Revision;
  /** Where another machine may have pushed the same version. */
  readonly repository?: ImageRepository;
}

export interface BuildOutput {
  readonly artifact: Artifact;
  /** Where it was found, in place of a build. */
  readonly published?: PublishedImage;
}

type Ports = Pick<StepPorts, 'builderFor' | 'images' | 'registry'>;

/** Makes the artifact, unless a sound one with this tag is here, or one was pushed by another machine. */
export function createBuildStep(ports: Ports) {
  return defineStep<BuildInput, BuildOutput>({
    name: 'build',
    interruptible: true,
    async run(input, context) {
      const there = await soundArtifact(input, context, ports);
      if (there) {
        const observed = `${there.revision.tag} is built already, ${there.configDigest.slice(0, 19)}`;
        const artifact = dated(there, input.revision);
        return { status: 'succeeded', output: { artifact }, observed, changed: false };
      }
      const pushed = await pushedBefore(input, context, ports);
      if (pushed) {
        const observed = `${input.revision.tag} was pushed already, ${pushed.artifact.configDigest.slice(0, 19)}`;
        const artifact = dated(pushed.artifact, input.revision);
        return { status: 'succeeded', output: { ...pushed, artifact }, observed, changed: false };
      }
      try {
        const builder = await ports.builderFor(input.app);
        const { layoutDir } = ports.images;
        const { progress, signal } = context;
        const artifact = await builder.build({ app: input.app, revision: input.revision, layoutDir, progress, signal });
        const observed = `${artifact.configDigest.slice(0, 19)}, ${megabytes(artifact.sizeBytes)} by ${builder.name}`;
        return { status: 'succeeded', output: { artifact }, observed, changed: true };
      } catch (error) {
        const hint = error instanceof Failure ? error.hint : undefined;
        return {
          status: 'failed',
          cause: { name: 'build', summary: problemOf(error), ...(hint !== undefined && { hint }) },
          evidence: { details: { error: problemOf(error) } },
        };
      }
    },
  });
}

/** An image does not say when its commit was made; the source does. */
function dated(artifact: Artifact, { committedAt }: Revision): Artifact {
  if (committedAt === undefined) return artifact;
  return { ...artifact, revision: { ...artifact.revision, committedAt } };
}

/** A damaged one is built again: that mends it. */
async function soundArtifact({ app, revision }: BuildInput, { signal, progress }: StepContext, { images }: Ports) {
  const artifact = await images.find(app.slug, revision.tag);
  if (!artifact) return undefined;
  try {
    await images.verify(artifact, signal);
    return artifact;
  } catch (error) {
    signal.throwIfAborted();
    progress({ kind: 'note', text: `${problemOf(error)}; building it again` });
    return undefined;
  }
}

/** A registry that cannot be asked is no reason not to build: the push will tell what is wrong. */
async function pushedBefore(
  { app, revision, repository }: BuildInput,
  { signal, progress }: StepContext,
  { registry }: Ports,
): Promise<BuildOutput | undefined> {
  if (repository === undefined) return undefined;
  try {
    return await registry.find({ app: app.slug, repository, tag: revision.tag, signal });
  } catch (error) {
    signal.throwIfAborted();
    progress({ kind: 'note', text: problemOf(error) });
    return undefined;
  }
}

function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`;
}
