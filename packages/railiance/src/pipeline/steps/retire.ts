import { problemOf } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';

export interface RetireInput {
  readonly target: Target;
}

export interface RetireOutput {
  readonly retired: readonly string[];
}

/**
 * Ends whatever no longer serves: the old instance, and what runs that died may have left. The new release is on record
 * already, so that a failure here is a warning.
 */
export function createRetireStep({ engine }: Pick<StepPorts, 'engine'>) {
  return defineStep<RetireInput, RetireOutput>({
    name: 'retire',
    async run({ target }, context) {
      const retired: string[] = [];
      const warnings: string[] = [];
      try {
        for (const { id } of (await engine.status(target)).others) {
          const { clean, durationMs } = await engine.retire(target, id, context);
          retired.push(id);
          if (!clean) warnings.push(`${id} did not end by SIGTERM and was killed after ${Math.round(durationMs)} ms`);
        }
      } catch (error) {
        warnings.push(`old instances may still run: ${problemOf(error)}`);
      }
      const observed = retired.length === 0 ? 'nothing to stop' : `stopped ${retired.join(', ')}`;
      return { status: 'succeeded', output: { retired }, observed, changed: retired.length > 0, warnings };
    },
  });
}
