import type { DatabaseSpec } from '../../domain/app.ts';
import { Failure, problemOf } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';

export interface ProvisionInput {
  readonly target: Target;
  readonly database: DatabaseSpec;
}

export interface ProvisionOutput {
  readonly created: boolean;
}

/** The app's own role and database. Never taken back: what they hold is the app's. */
export function createProvisionStep({ database: provider }: Pick<StepPorts, 'database'>) {
  return defineStep<ProvisionInput, ProvisionOutput>({
    name: 'provision',
    async run({ target, database }, { progress }) {
      try {
        await provider.ensure(progress);
        const { created } = await provider.provision(target, database);
        const observed = `database ${database.name} ${created ? 'is made' : 'is there'}`;
        return { status: 'succeeded', output: { created }, observed, changed: created };
      } catch (error) {
        const hint = error instanceof Failure ? error.hint : undefined;
        return {
          status: 'errored',
          cause: { name: 'database', summary: problemOf(error), ...(hint !== undefined && { hint }) },
          evidence: { details: { error: problemOf(error) } },
        };
      }
    },
  });
}
