import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { problemOf } from '../../../../domain/failure.ts';
import { removeTree } from '../removeTree.ts';
import { giveToApp } from './ownership.ts';
import type { Sandbox, SandboxSpec, Unavailable } from './sandbox.ts';

export interface ProbeOptions {
  /** Whether layers are stacked, or a copy is the root. */
  readonly stack: boolean;
  /** True where this end tells that the image's root was reached, and only the program was not there. */
  readonly reached: (exitCode: number, said: readonly string[]) => boolean;
}

/**
 * Sets an empty image up, all the way to a program that it does not have: so what works here is known, and not guessed.
 * @param directory where instances are: whether layers can be stacked depends on its file system
 * @returns why it does not work; undefined where it does
 */
export async function probeSandbox(
  directory: string,
  start: (spec: SandboxSpec) => Promise<Sandbox>,
  { stack, reached }: ProbeOptions,
): Promise<Unavailable | undefined> {
  await mkdir(directory, { recursive: true });
  const place = await mkdtemp(join(directory, 'probe-'));
  const said: string[] = [];
  try {
    await prepareFolders(place, stack ? [join(place, 'copy')] : undefined);
    const sandbox = await start({
      id: `probe-${process.pid}`,
      directory: place,
      ...(stack ? { layers: [join(place, 'copy')] } : {}),
      process: { argv: ['/nothing'], env: { PATH: '/' }, workingDir: '/', uid: 1000, gid: 1000 },
      volumes: [],
      streams: { onLine: (line) => said.push(line) },
      confine: () => undefined,
    });
    const { exitCode } = await sandbox.child.exited;
    await sandbox.stop();
    if (exitCode !== null && reached(exitCode, said)) return undefined;
    return { why: said.at(-1) ?? `it ended with ${exitCode}` };
  } catch (error) {
    return { why: problemOf(error) };
  } finally {
    await removeTree(place);
  }
}

/** Folders of one instance, as the setup expects them. */
export async function prepareFolders(directory: string, layers: readonly string[] | undefined): Promise<void> {
  const names = ['root', 'copy', ...(layers ? ['upper', 'work', 'layers'] : [])];
  for (const name of names) {
    const path = join(directory, name);
    await removeTree(path);
    await mkdir(path, { mode: 0o755 });
    await giveToApp(path);
  }
  for (const [level, layer] of (layers ?? []).entries()) await symlink(layer, join(directory, 'layers', String(level)));
}
