import type { Revision } from '../../domain/artifact.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';

export interface SourceInput {
  readonly directory: string;
  /** As the plan was made. */
  readonly revision: Revision;
}

export interface SourceOutput {
  readonly revision: Revision;
}

/** Is the source still what the plan was made for? */
export function createSourceStep({ revisionOf }: Pick<StepPorts, 'revisionOf'>) {
  return defineStep<SourceInput, SourceOutput>({
    name: 'source',
    interruptible: true,
    async run({ directory, revision: planned }) {
      const revision = await revisionOf(directory);
      if (revision.tag !== planned.tag) {
        const summary = `the source is at ${revision.tag} now, the plan was made for ${planned.tag}`;
        return {
          status: 'failed',
          cause: { name: 'build', summary, hint: 'run the command again' },
          evidence: { details: { planned, found: revision } },
        };
      }
      const observed = revision.dirty ? `${revision.tag}, with uncommitted changes` : revision.tag;
      return { status: 'succeeded', output: { revision }, observed, changed: false };
    },
  });
}
