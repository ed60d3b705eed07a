import { lstatSync, readFileSync } from 'node:fs';

import { exitCodes, Failure } from '../../../domain/failure.ts';
import type { ImageConfig } from '../../../oci/types.ts';
import type { RuntimeSpec } from './runtime.ts';
import { resolveInRoot } from './unpack/imagePath.ts';

/** What is to run of an image, in the image's own terms. */
export interface ImageProcess {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly uid: number;
  readonly gid: number;
}

/** As container engines have it for images that set none. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Joins the image's configuration with what this run adds, as container engines do.
 * @param roots folders that make up the image's root, the topmost last
 * @throws Failure (exit code 2) where the image names no command, or a user that it does not have
 */
export function imageProcess({ config = {} }: ImageConfig, spec: RuntimeSpec, roots: readonly string[]): ImageProcess {
  const [program, ...args] = spec.command ?? [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (program === undefined) {
    throw invalid('it has neither an entry point nor a command', 'set [run] command in app.toml');
  }
  const user = userOf(config.User ?? '', roots);
  return {
    argv: [program, ...args],
    env: { PATH: defaultPath, HOME: user.home, ...environmentOf(config.Env ?? []), ...spec.env },
    workingDir: config.WorkingDir || '/',
    uid: user.uid,
    gid: user.gid,
  };
}

export function environmentOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      return equals === -1 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

/** `user`, `uid`, `user:group`, `uid:gid` and their mixtures, looked up in the image's own files. */
function userOf(text: string, roots: readonly string[]): { uid: number; gid: number; home: string } {
  const [name = '', group] = text === '' ? ['0'] : text.split(':');
  const users = tableOf('/etc/passwd', roots);
  const user = users.find((row) => row[0] === name) ?? users.find((row) => row[2] === name);
  const uid = idOf(user?.[2] ?? name);
  if (uid === undefined) throw invalid(`it runs as the user ${JSON.stringify(name)}, which it does not have`);
  const groups = group === undefined ? [] : tableOf('/etc/group', roots);
  const gid = idOf(group === undefined ? (user?.[3] ?? '0') : (groups.find((row) => row[0] === group)?.[2] ?? group));
  if (gid === undefined) throw invalid(`it runs as the group ${JSON.stringify(group)}, which it does not have`);
  return { uid, gid, home: user?.[5] || (uid === 0 ? '/root' : '/') };
}

function tableOf(path: string, roots: readonly string[]): string[][] {
  for (const root of roots.toReversed()) {
    const file = resolveInRoot(root, path);
    if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  }
  return [];
}

function idOf(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  // The last one means "no user" to the kernel.
  return id < 2 ** 32 - 1 ? id : undefined;
}

function invalid(problem: string, hint?: string): Failure {
  return new Failure('run the image', problem, {
    ...(hint === undefined ? {} : { hint }),
    exitCode: exitCodes.invalidInput,
  });
}
