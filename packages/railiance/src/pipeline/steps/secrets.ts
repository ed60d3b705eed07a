import type { DatabaseSpec, SecretsSpec } from '../../domain/app.ts';
import { type Target, targetLabel } from '../../domain/name.ts';
import type { Secrets } from '../../domain/secret.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';

export interface SecretsInput {
  readonly target: Target;
  readonly secrets: SecretsSpec;
  readonly database?: DatabaseSpec;
}

export interface SecretsOutput {
  /** In the stage's secret store. */
  readonly version: string;
  readonly names: readonly string[];
}

type Ports = Pick<StepPorts, 'secrets' | 'database' | 'generateMissing'>;

/** The values this release runs with: kept from before, generated where asked for, the database's own address. */
export function createSecretsStep({ secrets: store, database: provider, generateMissing }: Ports) {
  async function valuesFor({ target, secrets, database }: SecretsInput): Promise<{ before: Secrets; now: Secrets }> {
    const latest = await store.latest(target);
    const before = latest === undefined ? {} : await store.get(target, latest);
    const generated = generateMissing(secrets.generate, before);
    // Asked for again rather than handed over by the step before: a secret is never part of a step's output.
    const url = database && (await provider.provision(target, database)).url;
    return { before, now: { ...before, ...generated, ...(url && { DATABASE_URL: url }) } };
  }

  return defineStep<SecretsInput, SecretsOutput>({
    name: 'secrets',
    async run(input) {
      const { target, secrets } = input;
      const { before, now } = await valuesFor(input);
      const names = Object.keys(now).sort();
      const missing = secrets.required.filter((name) => !Object.hasOwn(now, name));
      if (missing.length > 0) {
        const summary = `${targetLabel(target)} has no value for ${missing.join(', ')}`;
        const hint = 'name it under generate in [secrets], or take it out of required';
        return {
          status: 'failed',
          cause: { name: 'secret-missing', summary, hint },
          evidence: { details: { required: secrets.required, there: names, missing } },
        };
      }
      const version = await store.put(target, now);
      const added = names.filter((name) => !Object.hasOwn(before, name));
      const observed = names.length === 0 ? 'none needed' : `${names.length}, of them ${added.length} new`;
      return { status: 'succeeded', output: { version, names }, observed, changed: added.length > 0 };
    },
  });
}
