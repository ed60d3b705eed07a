import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Target } from '../../../domain/name.ts';
import type { Release } from '../../../domain/release.ts';
import type { Secret } from '../../../domain/secret.ts';
import { userName } from '../../../exec/userName.ts';
import { versionsHolding } from '../../../secrets/revocations.ts';
import type { SecretStore } from '../../../secrets/secretStore.ts';
import { defineCommand, integer, required, text } from '../../command.ts';
import { knownTarget } from '../../knownTarget.ts';
import { fileOptions } from './file.ts';
import { readValue } from './readValue.ts';

export default defineCommand({
  name: 'secrets revoke',
  group: 'Secrets',
  summary: 'Bar every release that holds a leaked value from being brought back',
  description: [
    'The leaked value is read from standard input or a hidden prompt, or taken from a release that has it. Every kept version of the secrets, on every stage, is ' +
      'looked through for it; a rollback to a release with such a version is refused from then on.',
    'This does not change the value where it is used: rotate it, and deploy.',
  ],
  arguments: { name: required('what leaked, as records name it') },
  options: {
    app: fileOptions.app,
    release: integer('number', 'take the value that this release has, instead of asking', undefined),
    stage: text('stage', 'of that release; without it, production or the only one'),
    reason: text('text', 'what happened, for those who come later'),
  },
  examples: [
    { line: 'railiance secrets revoke SESSION_SECRET --reason "in a log of 3 May"', does: 'asks for the value' },
    { line: 'railiance secrets revoke DATABASE_URL --release 4', does: 'what release 4 logs in with' },
  ],
  async run({ args: { name }, options, output, env, cwd, stdin }) {
    const { openToolbox } = await import('../../compose.ts');
    const records = await openToolbox(env, output, cwd);
    const { releases, targets, secrets: store, revocations } = records;
    const { release: number } = options;
    const value =
      number === undefined
        ? await readValue(name, `secrets revoke ${name}`, { stdin, output })
        : await valueIn(
            name,
            await releases.get(
              await knownTarget({ reference: options.app, stage: options.stage, cwd, records, output }),
              number,
            ),
            store,
          );
    const barred: { app: string; stage: string; version: string; releases: readonly number[] }[] = [];
    for (const target of await targets()) {
      if (options.app !== undefined && target.app !== options.app) continue;
      for (const { version, names } of await versionsHolding(store, target, new Set([value.reveal()]))) {
        const reason = options.reason ?? `the value of ${name} leaked`;
        const at = new Date().toISOString();
        await revocations.add(target, { version, names, reason, actor: userName(), at });
        barred.push({ ...target, version, releases: await releasesWith(target, version) });
      }
    }
    if (barred.length === 0) {
      throw new Failure(`revoke ${name}`, 'no kept release holds this value', {
        hint: 'was it given as it was used, without a line end or quotes?',
        exitCode: exitCodes.invalidInput,
      });
    }
    output.result({ schema: 'railiance.secrets.revoked.v1', name, barred } as const, () => {
      for (const { app, stage, releases: numbers } of barred) {
        output.line(
          `${app}@${stage}: release ${numbers.join(', ') || '(none on record)'} cannot be brought back any more`,
        );
      }
      output.note(`now: railiance secrets rotate ${name}, and deploy`);
    });

    async function releasesWith(target: Target, version: string): Promise<readonly number[]> {
      const known = await releases.list(target);
      return known.filter(({ secrets }) => secrets.version === version).map(({ number }) => number);
    }
  },
});

/** @throws Failure (invalid input) where that release has no such secret */
async function valueIn(name: string, { app, stage, number, secrets }: Release, store: SecretStore): Promise<Secret> {
  const value = (await store.get({ app, stage }, secrets.version))[name];
  if (value) return value;
  throw new Failure(`revoke ${name}`, `release ${number} of ${app}@${stage} has no such secret`, {
    hint: `it has ${secrets.names.join(', ') || 'none'}`,
    exitCode: exitCodes.invalidInput,
  });
}
