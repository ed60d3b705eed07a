import { flag, mostOfAll, type OptionDefinition, type Range } from './command.ts';

/** Options of every command; they are read before anything else, so that even a usage error honours them. */
export const commonOptions: Readonly<Record<string, OptionDefinition>> = {
  json: flag('print the result as one JSON document'),
  yes: flag('answer every question with yes', { short: 'y' }),
  debug: flag('show causes, stacks and the output of every step'),
};

/** `keepGoing` → `keep-going`. */
export function optionWord(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `keepGoing` → `--keep-going`. */
export function optionFlag(name: string): string {
  return `--${optionWord(name)}`;
}

/** What was given to an `integer` option; undefined where it does not take that. */
export function wholeNumber(given: string, [least, most]: Range = [0, mostOfAll]): number | undefined {
  const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
