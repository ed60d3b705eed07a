import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { secretPatterns } from '../secretPatterns.ts';
import type { SourceFolder } from '../sourceFiles.ts';
import { type LeaveOut, readSourceFolder } from '../sourceFiles.ts';

export interface ContextRequest {
  /** Absolute; what COPY takes from. */
  readonly directory: string;
  /** Absolute path of the Dockerfile. */
  readonly file: string;
  /** Absolute path of the app's secrets file: never sent, whatever the patterns say. */
  readonly secretsFile?: string;
}

/** The files that a Dockerfile may take, and no others: nothing else reaches the tool, or the machine that builds. */
export function readContext({ directory, file, secretsFile }: ContextRequest): SourceFolder {
  const rule = ignoreRule([...secretPatterns.map(anywhere), ...readPatterns(directory, file)]);
  const secret = secretsFile === undefined ? undefined : posix.relative(directory, secretsFile);
  const leaveOut: LeaveOut = (path) => path === secret || rule(path);
  return readSourceFolder(directory, leaveOut, 'put a copy in its place, or name it in .dockerignore');
}

/**
 * The rule of a list in the form of .dockerignore, where the last pattern that fits decides.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function ignoreRule(patterns: readonly string[]): LeaveOut {
  const rule = dockerignore.default().add([...patterns]);
  // Something in a folder that is left out may be taken back in: only without such patterns is it passed over whole.
  const prune = !patterns.some((pattern) => pattern.startsWith('!'));
  return (path) => (path.endsWith('/') ? prune && rule.ignores(path.slice(0, -1)) : rule.ignores(path));
}

/** Of `<Dockerfile>.dockerignore`, else of the folder's own list, in the order in which Docker and podman look. */
function readPatterns(directory: string, file: string): string[] {
  const lists = [`${file}.dockerignore`, join(directory, '.containerignore'), join(directory, '.dockerignore')];
  for (const list of lists) {
    const text = textOf(list);
    if (text === undefined) continue;
    const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  }
  return [];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Patterns of .gitignore without a slash hold in every folder; those of .dockerignore only at the top. */
function anywhere(pattern: string): string {
  return `**/${pattern}`;
}
