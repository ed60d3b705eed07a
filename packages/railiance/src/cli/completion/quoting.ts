import type { CommandWords } from './vocabulary.ts';

/** Single-quoted for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The commands that are a verb of the family `first`. */
export function verbsOf(first: string, commands: readonly CommandWords[]): readonly CommandWords[] {
  return commands.filter(({ name }) => name.startsWith(`${first} `));
}

/** First words of all commands, each once, in order. */
export function firstWords(commands: readonly CommandWords[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name))];
}
