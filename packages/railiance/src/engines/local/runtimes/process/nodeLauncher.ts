import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../../../domain/failure.ts';
import { programKind } from '../elfProgram.ts';
import type { ImageProcess } from '../imageProcess.ts';
import { resolveInRoot } from '../unpack/imagePath.ts';

/** Where Debian's and other loaders look by themselves; the image's are told to, in its own root. */
const libraryFolders = [
  ...['x86_64', 'aarch64'].flatMap((machine) => [`/lib/${machine}-linux-gnu`, `/usr/lib/${machine}-linux-gnu`]),
  ...['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib'],
];

export interface NodeLauncher {
  /** Folder with a program `node` that stands for the image's. */
  readonly directory: string;
  /** Starts the image's Node; its own arguments follow. */
  readonly argv: readonly [string, ...string[]];
  /** True where this file of the image is that Node. */
  isNode(file: string): boolean;
}

/**
 * The image's Node, started by the image's own dynamic loader with the image's libraries, so that nothing of this machine's
 * C library is mixed in.
 *
 * To the kernel the program is then the loader, and `process.execPath` would name it. A module loaded first puts a script
 * there that starts Node in the same way, so that `fork`, `cluster` and `spawn(process.execPath)` work.
 * @throws Failure where the image has no Node
 */
export async function writeNodeLauncher(
  root: string,
  directory: string,
  process_: ImageProcess,
): Promise<NodeLauncher> {
  const node = findInImage(root, 'node', process_.env.PATH ?? '');
  if (node === undefined) throw notFound('node');
  const kind = programKind(node);
  if (kind.kind !== 'elf') throw new Failure('run the image', `its node is not a program of this machine`);
  const own = (process_.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean);
  const libraries = [...own, ...libraryFolders].map((folder) => resolveInRoot(root, folder)).filter(existsSync);
  const loader =
    kind.interpreter === undefined
      ? []
      : [resolveInRoot(root, kind.interpreter), '--library-path', [...new Set(libraries)].join(':')];
  const bin = join(directory, 'bin');
  const hook = join(bin, 'execPath.cjs');
  const [first = node, ...rest] = [...loader, node];
  const argv = [first, ...rest, '--require', hook] as const;
  await mkdir(bin, { recursive: true });
  await writeFile(hook, hookSource);
  await writeFile(join(bin, 'node'), `#!/bin/sh\nexec ${argv.map(quote).join(' ')} "$@"\n`, { mode: 0o755 });
  return { directory: bin, argv, isNode: (file) => file === node };
}

/** Runs inside the app, before it. */
const hookSource = `'use strict';
const launcher = require('node:path').join(__dirname, 'node');
process.execPath = launcher;
process.argv[0] = launcher;
const at = process.execArgv.indexOf(__filename);
if (at > 0) process.execArgv.splice(at - 1, 2);
`;

/** A program of the image, by path or by the image's search path; links followed. */
export function findInImage(root: string, name: string, path: string, workingDir = '/'): string | undefined {
  const candidates = name.includes('/')
    ? [name.startsWith('/') ? name : join(workingDir, name)]
    : path.split(':').map((folder) => join(folder, name));
  return candidates.map((candidate) => resolveInRoot(root, candidate)).find((file) => existsSync(file));
}

export function notFound(program: string): Failure {
  return new Failure('run the image', `it has no program ${JSON.stringify(program)}`, {
    hint: 'check [run] command in app.toml; an image of the node builder has Node and the app, and no shell',
    exitCode: exitCodes.invalidInput,
  });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
