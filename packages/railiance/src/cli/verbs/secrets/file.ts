import { join, relative } from 'node:path';

import type { AppSpec } from '../../../domain/app.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { Stage } from '../../../domain/stage.ts';
import type { Exec } from '../../../exec/exec.ts';
import type { KeySources } from '../../../secrets/openSecrets.ts';
import { type Address, addressLabel, parseAddress } from '../../../secrets/sops/index.ts';
import { sopsFailure } from '../../../secrets/sopsFailure.ts';
import { text } from '../../command.ts';
import type { Environment } from '../../output/terminal.ts';
import type { Output } from '../../output.ts';

/** Which file a verb is about. */
export const fileOptions = {
  file: text('path', 'the SOPS file; without it, that of the app'),
  app: text('app', 'slug or folder; without it, the app.toml here or above'),
  stage: text('stage', 'for an app whose stages have files of their own'),
} as const;

export interface FileChoice {
  readonly file: string | undefined;
  readonly app: string | undefined;
  readonly stage: string | undefined;
}

export interface ChosenFile {
  /** Relative to the working directory, as messages name it. */
  readonly file: string;
  /** Of an app.toml; undefined where the file was named itself. */
  readonly app?: AppSpec;
  /** That app.toml was read for; with `app`. */
  readonly stage?: Stage;
}

/** @throws Failure (invalid input) */
export async function chooseFile({ file, app: reference, stage }: FileChoice, cwd: string): Promise<ChosenFile> {
  if (file !== undefined) return { file };
  // app.toml brings its schema along, which a command on a named file need not wait for.
  const { firstShared, select } = await import('../../selection.ts');
  const { app, stage: chosen } = await select({ reference, stage, cwd, choose: firstShared });
  const own = app.secrets.file ?? join('deploy', 'railiance', 'secrets', `${app.slug}.env.sops.yaml`);
  return { app, stage: chosen, file: relative(cwd, join(app.directory, own)) };
}

interface Around {
  readonly env: Environment;
  readonly output: Output;
  readonly cwd: string;
}

/** Where keys are looked for, with programs loaded only once one is asked. */
export function keySources({ env, output, cwd }: Around): KeySources {
  return { env, exec: lazyExec, warn: (warning) => output.warn(warning), cwd };
}

export const lazyExec: Exec = {
  run: async (command) => (await import('../../../exec/localExec.ts')).createLocalExec().run(command),
};

/** @throws Failure (invalid input) */
export function addressOf(key: string): Address {
  if (/^[A-Za-z_]\w*=/.test(key)) {
    throw new Failure('read the name', 'KEY=value would leave the value in your shell history', {
      hint: 'give the name alone; the value is read from standard input or asked for',
      exitCode: exitCodes.invalidInput,
    });
  }
  try {
    return parseAddress(key);
  } catch (error) {
    throw sopsFailure(`read the name ${key}`, '', error);
  }
}

/** Runs a change of an opened file, with refusals in the words of a command. */
export async function changing<T>(action: string, file: string, change: () => T | Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    throw sopsFailure(action, file, error);
  }
}

export function notThere(address: Address, file: string): Failure {
  return new Failure(`read ${file}`, `there is no ${addressLabel(address)}`, {
    hint: 'railiance secrets list shows the names',
    exitCode: exitCodes.invalidInput,
  });
}
