import { Failure, problemOf } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import { namedSecrets } from './namedSecrets.ts';
import type { SecretsOutput } from './secrets.ts';

export interface KeptSecretsInput {
  readonly target: Target;
  /** Of the release that is to run again. */
  readonly version: string;
  /** As that release had it. */
  readonly ciphertextHash?: string;
}

/** Are the values that a release ran with still there, and undamaged? */
export function createKeptSecretsStep({ secrets: store }: Pick<StepPorts, 'secrets'>) {
  return defineStep<KeptSecretsInput, SecretsOutput>({
    name: 'kept-secrets',
    interruptible: true,
    async run({ target, version, ciphertextHash }) {
      try {
        const names = Object.keys(await store.get(target, version)).sort();
        const observed = names.length === 0 ? 'none needed' : `${namedSecrets(names)}, as they were`;
        return {
          status: 'succeeded',
          output: { version, names, ...(ciphertextHash && { ciphertextHash }) },
          observed,
          changed: false,
        };
      } catch (error) {
        const hint = error instanceof Failure ? error.hint : undefined;
        return {
          status: 'failed',
          cause: { name: 'secret-missing', summary: problemOf(error), ...(hint !== undefined && { hint }) },
          evidence: { details: { version } },
        };
      }
    },
  });
}
