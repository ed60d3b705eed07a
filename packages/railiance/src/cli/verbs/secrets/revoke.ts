import { userInfo } from 'node:os';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Target } from '../../../domain/name.ts';
import { createFileSecretStore } from '../../../secrets/fileSecretStore.ts';
import { createFileRevocations, versionsHolding } from '../../../secrets/revocations.ts';
import { defineCommand, required, text } from '../../command.ts';
import { openRecords } from '../../records.ts';
import { fileOptions } from './file.ts';
import { readValue } from './readValue.ts';

export default defineCommand({
  name: 'secrets revoke',
  group: 'Operate',
  summary: 'Bar every release that holds a leaked value from being brought back',
  description: [
    'The leaked value is read from standard input or a hidden prompt. Every kept version of the secrets, on every stage, is ' +
      'looked through for it; a rollback to a release with such a version is refused from then on.',
    'This does not change the value where it is used: rotate it, and deploy.',
  ],
  arguments: { name: required('what leaked, as records name it') },
  options: { app: fileOptions.app, reason: text('text', 'what happened, for those who come later') },
  examples: [
    { line: 'railiance secrets revoke SESSION_SECRET --reason "in a log of 3 May"', does: 'asks for the value' },
  ],
  async run({ args: { name }, options, output, env, stdin }) {
    const value = await readValue(name, stdin, output);
    const { home, releases, targets } = await openRecords(env);
    const store = createFileSecretStore({ home });
    const revocations = createFileRevocations(home);
    const barred: { app: string; stage: string; version: string; releases: readonly number[] }[] = [];
    for (const target of await targets()) {
      if (options.app !== undefined && target.app !== options.app) continue;
      for (const { version, names } of await versionsHolding(store, target, new Set([value.reveal()]))) {
        const reason = options.reason ?? `the value of ${name} leaked`;
        const at = new Date().toISOString();
        await revocations.add(target, { version, names, reason, actor: userInfo().username, at });
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
