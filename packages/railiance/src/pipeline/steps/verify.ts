import type { Artifact } from '../../domain/artifact.ts';
import { Failure, problemOf } from '../../domain/failure.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { BuildOutput } from './build.ts';

export interface VerifyInput {
  /** The artifact that is to run; absent: the one that was just built. */
  readonly artifact?: Artifact;
}

export interface VerifyOutput {
  readonly artifact: Artifact;
}

/** Is the image whole, and the very one that was built, promoted or released before? Reads every byte of it. */
export function createVerifyStep({ images }: Pick<StepPorts, 'images'>) {
  return defineStep<VerifyInput, VerifyOutput>({
    name: 'verify',
    interruptible: true,
    async run(input, { output, signal }) {
      const artifact = input.artifact ?? output<BuildOutput>('build').artifact;
      try {
        await images.verify(artifact, signal);
      } catch (error) {
        const hint = error instanceof Failure ? error.hint : undefined;
        return {
          status: 'failed',
          cause: { name: 'image', summary: problemOf(error), ...(hint !== undefined && { hint }) },
          evidence: { details: { artifact, error: problemOf(error) } },
        };
      }
      const observed = `config ${artifact.configDigest.slice(0, 19)}, every digest read again`;
      return { status: 'succeeded', output: { artifact }, observed, changed: false };
    },
  });
}
