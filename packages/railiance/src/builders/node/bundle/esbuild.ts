import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { exitCodes, Failure } from '../../../domain/failure.ts';

/**
 * The program of esbuild that the app has installed, in its own node_modules or one above; else the one beside railiance.
 * It is no dependency of railiance itself: 10 MB that most never need, in the version that the app was tried with.
 * @throws Failure where there is none
 */
export function findEsbuild(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    const program = join(at, 'node_modules', 'esbuild', 'bin', 'esbuild');
    if (existsSync(program)) return program;
    if (at === dirname(at)) break;
  }
  const beside = besideRailiance();
  if (beside !== undefined) return beside;
  throw new Failure('bundle the app', 'esbuild is not installed', {
    hint: `npm install --save-dev esbuild in ${directory}, or leave bundle out of [build.node]`,
    exitCode: exitCodes.dependencyMissing,
  });
}

function besideRailiance(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('esbuild/bin/esbuild');
  } catch {
    return undefined;
  }
}
