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
 * Ends whatever no longer serves: the old instance, and what runs that died may have left. A cluster drains it by itself, and
 * nobody waits for that. The new release is on record already, so that a failure here is a warning.
 */
export function createRetireStep({ engine }: Pick<StepPorts, 'engine'>) {
  return defineStep<RetireInput, RetireOutput>({
    name: 'retire',
    async run({ target }, context) {
      const retired: string[] = [];
      const leaving: string[] = [];
      const warnings: string[] = [];
      try {
        for (const { id } of (await engine.status(target)).others) {
          const { clean, durationMs, left } = await engine.retire(target, id, context, { leave: true });
          retired.push(id);
          if (left) leaving.push(id);
          if (!clean) warnings.push(`${id} did not end by SIGTERM and was killed after ${Math.round(durationMs)} ms`);
        }
      } catch (error) {
        warnings.push(`old instances may still run: ${problemOf(error)}`);
      }
      const observed = wordsFor(retired, leaving);
      return { status: 'succeeded', output: { retired }, observed, changed: retired.length > 0, warnings };
    },
  });
}

/** No more than was seen: what is leaving was taken away, and is given its time to end. */
function wordsFor(retired: readonly string[], leaving: readonly string[]): string {
  const stopped = retired.filter((id) => !leaving.includes(id));
  const words = [
    ...(stopped.length > 0 ? [`stopped ${stopped.join(', ')}`] : []),
    ...(leaving.length > 0 ? [`${leaving.join(', ')} is draining`] : []),
  ];
  return words.join('; ') || 'nothing to stop';
}
