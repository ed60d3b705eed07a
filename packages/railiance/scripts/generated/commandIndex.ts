import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { type AnyCommand, groups } from '../../src/cli/command.ts';

export const cliDir = fileURLToPath(new URL('../../src/cli/', import.meta.url));

export interface FoundCommand {
  /** Relative to `src/cli`, as an import has it. */
  readonly file: string;
  readonly command: AnyCommand;
}

/** Every file below `src/cli` that exports a command, in the order of the help. */
export async function findCommands(): Promise<readonly FoundCommand[]> {
  const entries = await readdir(cliDir, { recursive: true, withFileTypes: true });
  const found: FoundCommand[] = [];
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    if (!(await readFile(path, 'utf8')).includes('export default defineCommand(')) continue;
    const module = (await import(pathToFileURL(path).href)) as { readonly default: AnyCommand };
    found.push({ file: `./${relative(cliDir, path)}`, command: module.default });
  }
  return found.sort((one, other) => order(one).localeCompare(order(other)));
}

/** By group, then as a person would use them; the four of the promotion lifecycle come in that order. */
function order({ command: { group, name } }: FoundCommand): string {
  const lifecycle = ['run', 'deploy', 'promote', 'rollback'].indexOf(name);
  return `${groups.indexOf(group)} ${lifecycle < 0 ? 'x' : lifecycle} ${name}`;
}

/** The source of `src/cli/commands.ts`. */
export function commandIndex(found: readonly FoundCommand[]): string {
  const entries = found.map(
    ({ file, command: { name, group, summary } }) => `  {
    name: ${literal(name)},
    group: ${literal(group)},
    summary: ${literal(summary)},
    load: () => import(${literal(file)}),
  },
`,
  );
  return `// Written by \`npm run generate\` from the commands' own files, so that the help loads none of them.
import type { AnyCommand, groups } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly group: (typeof groups)[number];
  readonly summary: string;
  load(): Promise<{ readonly default: AnyCommand }>;
}

export const commands: readonly CommandEntry[] = [
${entries.join('')}];
`;
}

function literal(text: string): string {
  return text.includes("'") ? `"${text.replace(/["\\]/g, '\\$&')}"` : `'${text.replaceAll('\\', '\\\\')}'`;
}
