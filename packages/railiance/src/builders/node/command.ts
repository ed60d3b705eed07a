import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../domain/failure.ts';
import type { PackageJson } from './packageJson.ts';

/** What an image starts. */
export interface StartCommand {
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
}

export const nodePath = '/usr/local/bin/node';

/**
 * The start script where it is plain `node …`, else `main`, else server.js or index.js, else what app.toml runs.
 * @throws Failure where there is none of them
 */
export function startCommand(directory: string, manifest: PackageJson, run?: readonly string[]): StartCommand {
  const script = nodeArguments(manifest.startScript ?? '');
  if (script !== undefined) return { entrypoint: [nodePath], command: script };
  const files = [manifest.main, 'server.js', 'index.js'];
  const main = files.find((file) => file !== undefined && existsSync(join(directory, file)));
  if (main !== undefined) return { entrypoint: [nodePath], command: [main] };
  if (run !== undefined) return { command: run };
  throw new Failure(
    'find what starts the app',
    `${join(directory, 'package.json')} has no start script that is node …`,
    {
      hint: 'set scripts.start to "node <file>", or [run] command in app.toml',
      exitCode: exitCodes.invalidInput,
    },
  );
}

/** The words after `node`, or undefined where a shell would be needed to make sense of them. */
function nodeArguments(script: string): string[] | undefined {
  const words = script.trim().match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const plain = words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
  if (plain[0] !== 'node' || plain.length < 2) return undefined;
  // The image has no shell: variables, pipes, redirections and the like would reach Node as they stand.
  return plain.some((word) => /[$`|&;<>(){}*?"'\\\n]/.test(word)) ? undefined : plain.slice(1);
}
