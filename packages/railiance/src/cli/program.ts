import {
  CommanderError,
  Help,
  InvalidArgumentError,
  Option,
  Argument as ParsedArgument,
  Command as Parser,
} from 'commander';

import { exitCodes, Failure } from '../domain/failure.ts';
import type { AnyCommand, ArgumentDefinition, OptionDefinition } from './command.ts';
import type { CommandEntry } from './commands.ts';

export type Action = (
  command: AnyCommand,
  args: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
) => Promise<void>;

/** Options of every command; they are read before anything else, so that even a usage error honours them. */
export const commonOptions = [
  ['--json', 'print the result as one JSON document'],
  ['-y, --yes', 'answer every question with yes'],
  ['--debug', 'show causes, stacks and the output of every step'],
] as const;

/** `keepGoing` → `--keep-going`. */
export function optionFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The entry that the words of a command line begin with. */
export function entryOf(argv: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  const end = argv.indexOf('--');
  const words = (end < 0 ? argv : argv.slice(0, end)).filter((word) => !word.startsWith('-'));
  const [first, second] = words;
  return commands.find(({ name }) => name === first || name === `${first} ${second}`);
}

export interface Program {
  readonly version: string;
  readonly commands: readonly CommandEntry[];
  /** Of the help, in columns. */
  readonly width: number;
  readonly print: (help: string) => void;
}

/**
 * Parses a command line and runs `act`. Every command is known by name and summary; only the one that is used is loaded.
 * @throws Failure (invalid input) with the nearest known name as its hint
 */
export async function parse(given: readonly string[], { version, commands, width, print }: Program, act: Action) {
  // Without any word, and for `help deploy`, too.
  const argv = given.length === 0 || given[0] === 'help' ? [...given.slice(1), '--help'] : given;
  const program = new Parser('railiance')
    .usage('<command> [arguments] [options]')
    .description('From git push to a verified, recorded, undoable release on your own machines.')
    .configureOutput({ writeOut: print, writeErr: () => {}, getOutHelpWidth: () => width })
    .configureHelp({ visibleCommands: leaves, subcommandTerm: fullName, formatHelp: optionsLast })
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride();
  const used = entryOf(argv, commands);
  for (const entry of commands) {
    const parser = addStub(program, entry);
    if (entry === used) configure(parser, (await entry.load()).default, act);
  }
  addCommonOptions(program)
    .optionsGroup('Common options:')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nrailiance <command> --help explains a command, with examples.');
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageFailure(error, used, argv);
  }
}

/** `local up` becomes a command of a command: the family `local` is made when its first verb comes. */
function addStub(program: Parser, { name, summary, group }: CommandEntry): Parser {
  const [first = '', second] = name.split(' ');
  if (second === undefined) return program.command(first).summary(summary).helpGroup(`${group}:`);
  const family = program.commands.find((known) => known.name() === first);
  const parent = family ?? addCommonOptions(program.command(first));
  return parent.command(second).summary(summary).helpGroup(`${group}:`);
}

function addCommonOptions(parser: Parser): Parser {
  const common = (flags: string, summary: string) => new Option(flags, summary).helpGroup('Common options:');
  for (const [flags, summary] of commonOptions) parser.addOption(common(flags, summary));
  return parser.addHelpOption(common('-h, --help', 'show this help'));
}

function leaves(parser: Parser): Parser[] {
  return parser.commands.flatMap((command) => (command.commands.length > 0 ? leaves(command) : [command]));
}

function fullName(parser: Parser): string {
  const { parent } = parser;
  return parent?.parent ? `${parent.name()} ${parser.name()}` : parser.name();
}

/** A list of commands comes before the options that all of them have. */
function optionsLast(this: Help, parser: Parser, help: Help): string {
  const blocks = Help.prototype.formatHelp.call(this, parser, help).trimEnd().split('\n\n');
  const isOptions = (block: string) => parser.commands.length > 0 && block.startsWith('Common options:');
  return `${[...blocks.filter((block) => !isOptions(block)), ...blocks.filter(isOptions)].join('\n\n')}\n`;
}

function configure(parser: Parser, command: AnyCommand, act: Action): void {
  parser.description([`${command.summary}.`, ...(command.description ?? [])].join('\n\n'));
  const names = Object.keys(command.arguments);
  for (const name of names) parser.addArgument(argumentOf(name, command.arguments[name]));
  const options = Object.entries<OptionDefinition>(command.options);
  for (const [name, definition] of options) parser.addOption(optionOf(name, definition));
  addCommonOptions(parser);
  const examples = command.examples.map(({ line, does }) => `  # ${does}\n  ${line}`);
  if (examples.length > 0) parser.addHelpText('after', `\nExamples:\n${examples.join('\n\n')}`);
  parser.action(async () => {
    const args = Object.fromEntries(
      names.map((name, at) => [name, parser.processedArgs[at] ?? absent(command.arguments[name])]),
    );
    const given: Readonly<Record<string, unknown>> = parser.opts();
    await act(
      command,
      args,
      Object.fromEntries(options.map(([name, { default: otherwise }]) => [name, given[name] ?? otherwise])),
    );
  });
}

function absent({ form }: ArgumentDefinition): readonly string[] | undefined {
  return form === 'rest' ? [] : undefined;
}

function argumentOf(name: string, { form, summary, choices }: ArgumentDefinition): ParsedArgument {
  const forms = { required: `<${name}>`, optional: `[${name}]`, rest: `[${name}...]` };
  const argument = new ParsedArgument(forms[form], summary);
  return choices ? argument.choices(choices) : argument;
}

function optionOf(name: string, definition: OptionDefinition): Option {
  const { kind, short, value, summary, choices } = definition;
  const flags = `${short === undefined ? '' : `-${short}, `}${optionFlag(name)}${kind === 'flag' ? '' : ` <${value}>`}`;
  const option = new Option(flags, summary);
  if (kind === 'integer') option.default(definition.default).argParser(wholeNumber);
  if (kind === 'list') option.argParser((item: string, before: readonly string[] = []) => [...before, item]);
  return choices ? option.choices(choices) : option;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function usageFailure(error: CommanderError, used: CommandEntry | undefined, argv: readonly string[]): Failure {
  const [message = '', suggestion] = error.message.replace(/^error: (command-)?/, '').split('\n');
  const lacksVerb = error.code === 'commander.help';
  const about = lacksVerb ? argv.filter((word) => !word.startsWith('-')) : (used?.name.split(' ') ?? []);
  const help = ['railiance', ...about, '--help'].join(' ');
  const hint = suggestion?.replace(/^\(D(.*)\?\)$/, 'd$1?') ?? `${help} shows what there is`;
  const problem = lacksVerb ? `${about.join(' ')} needs a command` : message.replace(/\.$/, '');
  return new Failure('read the command line', problem, { hint, exitCode: exitCodes.invalidInput, cause: error });
}
