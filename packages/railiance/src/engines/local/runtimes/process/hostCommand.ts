import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../../../domain/failure.ts';
import { programKind } from '../elfProgram.ts';
import type { ImageProcess } from '../imageProcess.ts';
import { resolveInRoot } from '../unpack/imagePath.ts';
import { findInImage, type NodeLauncher, notFound } from './nodeLauncher.ts';

/**
 * The command of an image as this machine can run it: the image's Node for Node itself and for its scripts, and arguments
 * that are absolute paths of the image led to where the image lies.
 * @throws Failure for a program that is not there, or no Node
 */
export function hostCommand(root: string, image: ImageProcess, node: NodeLauncher): readonly [string, ...string[]] {
  const [program, ...args] = image.argv;
  const file = findInImage(root, program, image.env.PATH ?? '', image.workingDir);
  if (file === undefined) throw notFound(program);
  const mapped = args.map((argument) => hostArgument(root, argument));
  if (node.isNode(file)) return [...node.argv, ...mapped];
  const kind = programKind(file);
  const isNodeScript = kind.kind === 'script' && /(^|\/|\s)node(\s|$)/.test(kind.line);
  if (isNodeScript) return [...node.argv, file, ...mapped];
  throw new Failure('run the image', `without isolation only Node can be run, and ${JSON.stringify(program)} is not`, {
    hint: 'start the app by "node <file>", or run it on a machine with docker, podman or user namespaces',
    exitCode: exitCodes.dependencyMissing,
  });
}

/** The environment of the app: paths of programs and its home lie in the image, the rest is as it was given. */
export function hostEnvironment(root: string, image: ImageProcess, node: NodeLauncher): Record<string, string> {
  // The loader is told by its arguments; programs of this machine that the app starts must not get these.
  const { LD_LIBRARY_PATH: _libraries, LD_PRELOAD: _preload, ...env } = image.env;
  const programs = (env.PATH ?? '').split(':').map((folder) => resolveInRoot(root, folder));
  const path = [node.directory, ...programs.filter((folder) => existsSync(folder)), process.env.PATH ?? ''];
  return { ...env, PATH: path.join(':'), HOME: resolveInRoot(root, env.HOME ?? '/') };
}

function hostArgument(root: string, argument: string): string {
  if (!argument.startsWith('/') || argument === '/') return argument;
  const file = resolveInRoot(root, argument);
  return existsSync(file) ? file : argument;
}

/** `data` becomes `RAILIANCE_VOLUME_DATA`. */
export function volumeVariable(name: string): string {
  return `RAILIANCE_VOLUME_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/** Where the app runs: as in the image, inside its copy. */
export function hostDirectory(root: string, workingDir: string): string {
  return resolveInRoot(root, join('/', workingDir));
}
