import type { AnyCommand } from './command.ts';
import type { CommandEntry } from './commands.ts';
import { readPlainly } from './plainReading.ts';

export type Values = Readonly<Record<string, unknown>>;

export type Action = (command: AnyCommand, args: Values, options: Values) => Promise<void>;

export interface Program {
  readonly version: string;
  readonly commands: readonly CommandEntry[];
  /** Of the help, in columns. */
  readonly width: number;
  readonly print: (help: string) => void;
}

export interface UsedCommand {
  readonly entry: CommandEntry;
  readonly command: AnyCommand;
}

/** The entry that the words of a command line begin with. */
export function entryOf(argv: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  const end = argv.indexOf('--');
  const words = (end < 0 ? argv : argv.slice(0, end)).filter((word) => !word.startsWith('-'));
  const [first, second] = words;
  return commands.find(({ name }) => name === first || name === `${first} ${second}`);
}

/**
 * Parses a command line and runs `act`. A line that can be read plainly runs at once; for any other (help, a mistake, a
 * rare form) the whole parser is loaded, which takes longer than many a command.
 * @throws Failure (invalid input) with the nearest known name as its hint
 */
export async function parse(given: readonly string[], program: Program, act: Action): Promise<void> {
  // Without any word, and for `help deploy`, too.
  const argv = given.length === 0 || given[0] === 'help' ? [...given.slice(1), '--help'] : given;
  const entry = entryOf(argv, program.commands);
  const used = entry && { entry, command: (await entry.load()).default };
  const values = used && readPlainly(argv, used.command);
  if (values) return act(used.command, values.args, values.options);
  const { parseFully } = await import('./program.ts');
  await parseFully(argv, program, used, act);
}
