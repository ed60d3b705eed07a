// Written by `npm run generate` from the commands' own files, so that the help loads none of them.
import type { AnyCommand, groups } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly group: (typeof groups)[number];
  readonly summary: string;
  load(): Promise<{ readonly default: AnyCommand }>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'completion',
    group: 'Prepare',
    summary: 'Print the completion script of a shell',
    load: () => import('./verbs/completion.ts'),
  },
];
