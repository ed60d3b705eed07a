import type { AppSpec, DatabaseSpec } from '../../domain/app.ts';
import { Failure, problemOf } from '../../domain/failure.ts';
import { type Target, targetLabel } from '../../domain/name.ts';
import type { Secrets } from '../../domain/secret.ts';
import type { AppSecrets } from '../../secrets/appSecrets.ts';
import { defineStep, type StepResult } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import { namedSecrets } from './namedSecrets.ts';

export interface SecretsInput {
  readonly target: Target;
  readonly app: Pick<AppSpec, 'slug' | 'directory' | 'secrets'>;
  readonly database?: DatabaseSpec;
}

export interface SecretsOutput {
  /** In the stage's secret store. */
  readonly version: string;
  readonly names: readonly string[];
  /** Of the app's encrypted file, if it has one: `sha256:` and 64 hex digits. */
  readonly ciphertextHash?: string;
}

type Ports = Pick<StepPorts, 'secrets' | 'sealedSecrets' | 'sealedCopies' | 'database' | 'generateMissing'>;

/** The values this release runs with: from the app's file, generated where asked for, the database's own address. */
export function createSecretsStep(ports: Ports) {
  return defineStep<SecretsInput, SecretsOutput>({
    name: 'secrets',
    async run(input) {
      const { required } = input.app.secrets;
      const { before, now } = await valuesFor(input, ports);
      if ('problem' in now) return missing(now.problem, now.hint, { required });
      const names = Object.keys(now.values).sort();
      const lacking = required.filter((name) => !Object.hasOwn(now.values, name));
      if (lacking.length > 0) {
        const hint = `\`railiance secrets set ${lacking[0]}\`, or name it under generate in [secrets]`;
        const summary = `${targetLabel(input.target)} has no value for ${lacking.join(', ')}`;
        return missing(summary, hint, { required, there: names, missing: lacking });
      }
      const version = await ports.secrets.put(input.target, now.values);
      const { sealed } = now;
      if (sealed) await ports.sealedCopies?.keep(input.target, version, sealed.copy);
      const added = names.filter((name) => !Object.hasOwn(before, name));
      const observed = `${namedSecrets(names)}${added.length > 0 ? ` (${added.length} new)` : ''}`;
      return { status: 'succeeded', output: outputOf(version, names, sealed), observed, changed: added.length > 0 };
    },
  });
}

function outputOf(version: string, names: readonly string[], sealed: AppSecrets | undefined): SecretsOutput {
  return { version, names, ...(sealed && { ciphertextHash: sealed.ciphertextHash }) };
}

type Values =
  | { readonly values: Secrets; readonly sealed?: AppSecrets }
  | { readonly problem: string; readonly hint?: string | undefined };

async function valuesFor(
  input: SecretsInput,
  ports: Ports,
): Promise<{ readonly before: Secrets; readonly now: Values }> {
  const { target, app, database: spec } = input;
  const { required, generate } = app.secrets;
  const latest = await ports.secrets.latest(target);
  const before = latest === undefined ? {} : await ports.secrets.get(target, latest);
  const sealed = await sealedValues(app, ports);
  if ('problem' in sealed) return { before, now: sealed };
  // Only what app.toml still asks for: a secret that it no longer names is not handed on for ever. A rotated one has the
  // value before beside it.
  const wanted = new Set([...required, ...generate.map((name) => `${name}_PREVIOUS`)]);
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => wanted.has(name)));
  const generated = ports.generateMissing(generate, before);
  // Asked for again rather than handed over by the step before: a secret is never part of a step's output.
  const url = spec && (await ports.database.provision(target, spec)).url;
  const values = { ...kept, ...generated, ...sealed.values, ...(url && { DATABASE_URL: url }) };
  return { before, now: { ...sealed, values } };
}

async function sealedValues(app: SecretsInput['app'], { sealedSecrets }: Ports): Promise<Values> {
  try {
    const sealed = await sealedSecrets?.(app);
    return sealed ? { values: sealed.values, sealed } : { values: {} };
  } catch (error) {
    return { problem: problemOf(error), hint: error instanceof Failure ? error.hint : undefined };
  }
}

function missing(
  summary: string,
  hint: string | undefined,
  details: Readonly<Record<string, unknown>>,
): StepResult<SecretsOutput> {
  const cause = { name: 'secret-missing', summary, ...(hint !== undefined && { hint }) } as const;
  return { status: 'failed', cause, evidence: { details } };
}
