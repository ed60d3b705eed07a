import { Failure, problemOf } from '../domain/failure.ts';
import type { Output } from './output.ts';
import type { Unreachable } from './routed.ts';

/** What a verb had to go on without. */
export interface Unasked {
  /** Warns of it: one cluster that is down must not hide, or hold up, the rest. */
  readonly tell: Unreachable;
  /** Stages that could not be asked; what is on them is not known. */
  readonly stages: readonly string[];
}

export function createUnasked(output: Pick<Output, 'warn'>): Unasked {
  const stages: string[] = [];
  return {
    stages,
    tell({ stage, error }) {
      if (stage !== undefined) stages.push(stage);
      const what = stage === undefined ? 'the blueprint' : `stage ${stage}`;
      output.warn(`${what} cannot be asked: ${problemOf(error)}`, error instanceof Failure ? error.hint : undefined);
    },
  };
}

/** `stages canary and production`. */
export function namedStages(stages: readonly string[]): string {
  return `stage${stages.length > 1 ? 's' : ''} ${[...stages].sort().join(' and ')}`;
}
