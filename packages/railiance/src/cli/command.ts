import type { Environment } from './output/terminal.ts';
import type { Output } from './output.ts';

/** What an option gives to `run`, by its kind. */
interface OptionValues {
  readonly flag: boolean;
  readonly text: string;
  readonly integer: number;
  readonly list: readonly string[];
  /** Given without a value, it has the one of its definition. */
  readonly bare: string;
}

export interface OptionDefinition<Kind extends keyof OptionValues = keyof OptionValues, Default = unknown> {
  readonly kind: Kind;
  readonly summary: string;
  /** One letter. */
  readonly short?: string;
  /** Name of the value in the help, such as `sha`. */
  readonly value?: string;
  /** What it means without a value, where it may be so. */
  readonly bare?: string;
  /** The only values that are taken. */
  readonly choices?: readonly string[];
  /** Of a whole number: the smallest and the greatest that are taken. */
  readonly range?: Range;
  readonly default: Default;
}

export type Range = readonly [least: number, most: number];

interface OptionExtras {
  readonly short?: string;
  readonly choices?: readonly string[];
}

/** `--name`: true or false. */
export function flag(summary: string, extras: { readonly short?: string } = {}): OptionDefinition<'flag', false> {
  return { kind: 'flag', summary, default: false, ...extras };
}

/** `--name <value>`: undefined where it is not given. */
export function text(value: string, summary: string, extras: OptionExtras = {}): OptionDefinition<'text', undefined> {
  return { kind: 'text', value, summary, default: undefined, ...extras };
}

/** `--name` or `--name <value>`: undefined where it is not given, `bare` where it has no value. */
export function textOrBare(value: string, bare: string, summary: string): OptionDefinition<'bare', undefined> {
  return { kind: 'bare', value, bare, summary, default: undefined };
}

/** `--name <value>`: a whole number of at least 1, unless a range says otherwise. */
export function integer<const Otherwise extends number | undefined>(
  value: string,
  summary: string,
  otherwise: Otherwise,
  range: Range = [1, mostOfAll],
): OptionDefinition<'integer', Otherwise> {
  return { kind: 'integer', value, summary, range, default: otherwise };
}

/** The greatest whole number that any option takes. */
export const mostOfAll = 999_999_999;

/** `--name <value>`, may be repeated. */
export function list(value: string, summary: string, extras: OptionExtras = {}): OptionDefinition<'list', []> {
  return { kind: 'list', value, summary, default: [], ...extras };
}

export interface ArgumentDefinition<Form extends 'required' | 'optional' | 'rest' = 'required' | 'optional' | 'rest'> {
  readonly form: Form;
  readonly summary: string;
  readonly choices?: readonly string[];
}

interface ArgumentValues {
  readonly required: string;
  readonly optional: string | undefined;
  readonly rest: readonly string[];
}

/** One word. */
export function required(summary: string, choices?: readonly string[]): ArgumentDefinition<'required'> {
  return { form: 'required', summary, ...(choices && { choices }) };
}

/** One word that may be left out. */
export function optional(summary: string, choices?: readonly string[]): ArgumentDefinition<'optional'> {
  return { form: 'optional', summary, ...(choices && { choices }) };
}

/** All words that are left. */
export function rest(summary: string): ArgumentDefinition<'rest'> {
  return { form: 'rest', summary };
}

export type ArgumentDefinitions = Readonly<Record<string, ArgumentDefinition>>;
export type OptionDefinitions = Readonly<Record<string, OptionDefinition>>;

/** All that a command gets from outside. */
export interface CommandContext<Arguments, Options> {
  readonly args: Arguments;
  readonly options: Options;
  readonly output: Output;
  readonly env: Environment;
  readonly cwd: string;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: finish or undo safely. The second one ends the process at once. */
  readonly signal: AbortSignal;
  readonly stdin: NodeJS.ReadStream;
}

export const groups = ['Release', 'Look', 'Prepare', 'Operate', 'Secrets', 'Registries'] as const;

export interface Command<
  Arguments extends ArgumentDefinitions = ArgumentDefinitions,
  Options extends OptionDefinitions = OptionDefinitions,
> {
  /** As typed: one word, or two for a verb of a group such as `local up`. */
  readonly name: string;
  /** Heading in the help. */
  readonly group: (typeof groups)[number];
  /** It carries out a run, which can be resumed where this process is cut off. */
  readonly resumable?: true;
  /** One line, imperative, without a period. */
  readonly summary: string;
  /** What a person should know beyond the summary: paragraphs. */
  readonly description?: readonly string[];
  /** In order; names are shown as typed here. */
  readonly arguments: Arguments;
  /** Names in camelCase: `keepGoing` is `--keep-going`. Every command has --json, --yes and --debug besides. */
  readonly options: Options;
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** Resolves with the exit code, 0 where it gives none. @throws Failure */
  run(
    context: CommandContext<
      { readonly [Name in keyof Arguments]: ArgumentValues[Arguments[Name]['form']] },
      { readonly [Name in keyof Options]: OptionValues[Options[Name]['kind']] | Options[Name]['default'] }
    >,
  ): Promise<number | undefined> | Promise<void>;
}

/** A command as the program runs it, whatever its arguments and options. */
// biome-ignore lint/suspicious/noExplicitAny: each command has its own types, and only it reads its own context
export type AnyCommand = Command<any, any>;

/** Defines one verb; its file exports it as default, and `npm run generate` puts it into `commands.ts`. */
export function defineCommand<const Arguments extends ArgumentDefinitions, const Options extends OptionDefinitions>(
  command: Command<Arguments, Options>,
): Command<Arguments, Options> {
  return command;
}
