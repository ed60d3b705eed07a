import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

import type { AnyCommand, ArgumentDefinition, OptionDefinition } from './command.ts';
import type { Values } from './commandLine.ts';
import { commonOptions, optionWord, wholeNumber } from './flags.ts';

/**
 * Arguments and options of a command line without anything rare in it; undefined for every other, wrong ones included.
 * What is read here is what the whole parser would have read.
 */
export function readPlainly(
  argv: readonly string[],
  command: AnyCommand,
): { args: Values; options: Values } | undefined {
  const words = command.name.split(' ');
  const rest = argv.slice(words.length);
  if (words.some((word, at) => argv[at] !== word) || rest.some(isRare)) return undefined;
  const read = readWords(rest, { ...commonOptions, ...command.options });
  if (!read) return undefined;
  const args = readArguments(read.positionals, command.arguments);
  const options = Object.entries<OptionDefinition>(command.options).map(
    ([name, definition]) => [name, optionValue(read.values[optionWord(name)], definition)] as const,
  );
  if (!args || options.some(([, value]) => value === unreadable)) return undefined;
  return { args, options: Object.fromEntries(options) };
}

const unreadable = Symbol();

/** The end of options, a lone dash, several letters after one dash. */
function isRare(word: string): boolean {
  return word === '--' || word === '-' || /^-[^-]./.test(word);
}

function readWords(words: readonly string[], definitions: Readonly<Record<string, OptionDefinition>>) {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { kind, short }] of Object.entries(definitions)) {
    const type = kind === 'flag' ? 'boolean' : 'string';
    options[optionWord(name)] = { type, multiple: kind !== 'flag', ...(short !== undefined && { short }) };
  }
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch {
    return undefined;
  }
}

/** Of values that are given again the last one counts, and yet each must be one that could. */
function optionValue(given: unknown, { kind, choices, range, default: otherwise }: OptionDefinition): unknown {
  if (!Array.isArray(given)) return given ?? otherwise;
  // Whether the next word is its value is a question of its own.
  if (kind === 'bare') return unreadable;
  const allowed = (value: string) =>
    (choices?.includes(value) ?? true) && (kind !== 'integer' || wholeNumber(value, range) !== undefined);
  if (!given.every(allowed)) return unreadable;
  if (kind === 'list') return given;
  return kind === 'integer' ? Number(given.at(-1)) : given.at(-1);
}

function readArguments(words: readonly string[], definitions: Readonly<Record<string, ArgumentDefinition>>) {
  const args: Record<string, unknown> = {};
  let at = 0;
  for (const [name, { form, choices }] of Object.entries(definitions)) {
    const taken = form === 'rest' ? words.slice(at) : words.slice(at, at + 1);
    if (form === 'required' && taken.length === 0) return undefined;
    if (choices && !taken.every((word) => choices.includes(word))) return undefined;
    args[name] = form === 'rest' ? taken : taken[0];
    at += taken.length;
  }
  return at === words.length ? args : undefined;
}
