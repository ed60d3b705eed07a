import {
  CommanderError,
  Help,
  InvalidArgumentError,
  Option,
  Argument as ParsedArgument,
  Command as Parser,
} from 'commander';

import { exitCodes, Failure } from '../domain/failure.ts';
import { type AnyCommand, type ArgumentDefinition, mostOfAll, type OptionDefinition, type Range } from './command.ts';
import type { Action, Program, UsedCommand } from './commandLine.ts';
import type { CommandEntry } from './commands.ts';
import { commonOptions, optionFlag, wholeNumber } from './flags.ts';

/**
 * Reads any command line: runs `act`, prints help, or says what is wrong with it. Of the commands only `used` is given in
 * full; the help knows the others by name and summary.
 * @throws Failure (invalid input) with the nearest known name as its hint
 */
export async function parseFully(
  argv: readonly string[],
  { version, commands, width, print }: Program,
  used: UsedCommand | undefined,
  act: Action,
): Promise<void> {
  const program = new Parser('railiance')
    .usage('<command> [arguments] [options]')
    .description('From git push to a verified, recorded, undoable release on your own machines.')
    .configureOutput({ writeOut: print, writeErr: () => {}, getOutHelpWidth: () => width })
    .configureHelp({ visibleCommands: leaves, subcommandTerm: fullName, formatHelp: optionsLast })
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride();
  for (const entry of commands) {
    const parser = addStub(program, entry);
    if (entry === used?.entry) configure(parser, used.command, act);
  }
  addCommonOptions(program)
    .optionsGroup('Common options:')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nrailiance <command> --help explains a command, with examples.');
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageFailure(error, used?.entry, argv);
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
  const group = 'Common options:';
  for (const [name, option] of Object.entries(commonOptions)) {
    parser.addOption(optionOf(name, option).helpGroup(group));
  }
  return parser.addHelpOption(new Option('-h, --help', 'show this help').helpGroup(group));
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
  const { kind, short, value, bare, summary, choices } = definition;
  const named = kind === 'flag' ? '' : bare === undefined ? ` <${value}>` : ` [${value}]`;
  const flags = `${short === undefined ? '' : `-${short}, `}${optionFlag(name)}${named}`;
  const option = new Option(flags, summary);
  if (bare !== undefined) option.preset(bare);
  if (kind === 'integer') option.default(definition.default).argParser((given) => parseWhole(given, definition.range));
  if (kind === 'list') option.argParser((item: string, before: readonly string[] = []) => [...before, item]);
  return choices ? option.choices(choices) : option;
}

function parseWhole(given: string, range: Range = [0, mostOfAll]): number {
  const number = wholeNumber(given, range);
  if (number !== undefined) return number;
  const [least, most] = range;
  const bounds = most === mostOfAll ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new InvalidArgumentError(`It must be a whole number ${bounds}.`);
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
