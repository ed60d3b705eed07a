import { type Artifact, buildAgain } from '../../domain/artifact.ts';
import { Failure, problemOf } from '../../domain/failure.ts';
import type { ImageRepository, PublishedImage } from '../../domain/registry.ts';
import type { WantedImage } from '../imageRegistry.ts';
import { defineStep, type StepContext, type StepResult } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { BuildOutput } from './build.ts';

export interface VerifyInput {
  /** The artifact that is to run; absent: the one that was just built. */
  readonly artifact?: Artifact;
  /** On a stage that pulls: where the image may be found if it is not on this machine. */
  readonly remote?: RemoteImage;
}

export interface RemoteImage {
  readonly repository: ImageRepository;
  readonly published?: PublishedImage;
  /** The engine runs what is in the layout of this machine: bring it here. */
  readonly fetch: boolean;
  /** Goes on where the registry cannot be asked: the stage ran this image before, and may still have it. */
  readonly goesOn: boolean;
}

export interface VerifyOutput {
  readonly artifact: Artifact;
}

type Ports = Pick<StepPorts, 'images' | 'registry'>;

/**
 * Is the image whole, and the very one that was built, promoted or released before? A stage that pulls is given what the
 * registry has, so that is asked whether it has every blob. What is only on this machine, or runs from here, is read whole.
 */
export function createVerifyStep(ports: Ports) {
  return defineStep<VerifyInput, VerifyOutput>({
    name: 'verify',
    interruptible: true,
    async run(input, context) {
      const artifact = input.artifact ?? context.output<BuildOutput>('build').artifact;
      try {
        if (!input.remote) return await verifyHere(artifact, context, ports);
        const here = await ports.images.find(artifact.app, artifact.revision.tag);
        if (here?.configDigest === artifact.configDigest) {
          const pushed = await seenThere(artifact, input.remote, context, ports);
          return pushed ?? (await verifyHere(here, context, ports));
        }
        return await verifyThere(artifact, input.remote, context, ports);
      } catch (error) {
        const hint = error instanceof Failure ? error.hint : undefined;
        return {
          status: 'failed',
          cause: { name: 'image', summary: problemOf(error), ...(hint !== undefined && { hint }) },
          evidence: { details: { artifact, error: problemOf(error) } },
        };
      }
    },
  });
}

async function verifyHere(artifact: Artifact, { signal }: StepContext, { images }: Ports) {
  await images.verify(artifact, signal);
  const observed = `config ${artifact.configDigest.slice(0, 19)}, every digest read again`;
  return { status: 'succeeded', output: { artifact }, observed, changed: false } satisfies StepResult<VerifyOutput>;
}

/** Undefined where it has to be read here: the push after this brings it there, or says what keeps it away. */
async function seenThere(
  artifact: Artifact,
  { repository, published, fetch, goesOn }: RemoteImage,
  { signal }: StepContext,
  ports: Ports,
): Promise<StepResult<VerifyOutput> | undefined> {
  if (fetch || goesOn) return undefined;
  const { app, revision } = artifact;
  const wanted = { app, repository, tag: revision.tag, ...(published && { published }), signal };
  try {
    await assertWhole(artifact, wanted, ports);
    return wholeThere(artifact, repository);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function wholeThere(artifact: Artifact, { push }: ImageRepository): StepResult<VerifyOutput> {
  const observed = `config ${artifact.configDigest.slice(0, 19)}, every blob is at ${push}`;
  return { status: 'succeeded', output: { artifact }, observed, changed: false };
}

async function verifyThere(
  artifact: Artifact,
  remote: RemoteImage,
  context: StepContext,
  ports: Ports,
): Promise<StepResult<VerifyOutput>> {
  const { signal, progress } = context;
  const { repository, published, fetch, goesOn } = remote;
  const { app, revision } = artifact;
  const wanted = { app, repository, tag: revision.tag, ...(published && { published }), signal };
  try {
    await assertWhole(artifact, wanted, ports);
  } catch (error) {
    signal.throwIfAborted();
    if (!goesOn || fetch || error instanceof ImageProblem) throw error;
    const warnings = [`went on without looking at the image: ${problemOf(error)}`];
    return { status: 'succeeded', output: { artifact }, observed: 'not looked at', changed: false, warnings };
  }
  if (!fetch) return wholeThere(artifact, repository);
  await ports.registry.fetch(wanted, ports.images.layoutDir, progress);
  return verifyHere((await ports.images.find(app, revision.tag)) ?? artifact, context, ports);
}

/** The registry answered, and what it said is wrong with the image. */
class ImageProblem extends Failure {}

async function assertWhole(artifact: Artifact, wanted: WantedImage, { registry }: Ports): Promise<void> {
  const action = `verify image ${artifact.app}:${artifact.revision.tag}`;
  const hint = buildAgain(artifact);
  const found = await registry.find(wanted);
  if (!found) throw new ImageProblem(action, `it is neither here nor at ${wanted.repository.push}`, { hint });
  if (found.artifact.configDigest !== artifact.configDigest) {
    const digests = `${found.artifact.configDigest.slice(0, 19)}, not ${artifact.configDigest.slice(0, 19)}`;
    throw new ImageProblem(action, `its config digest at ${wanted.repository.push} is ${digests}`);
  }
  const missing = await registry.missing(wanted);
  if (missing.length === 0) return;
  throw new ImageProblem(action, `${wanted.repository.push} has lost ${missing.length} of its blobs`, { hint });
}
