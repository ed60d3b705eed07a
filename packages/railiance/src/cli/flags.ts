import { flag, type OptionDefinition } from './command.ts';

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

/** What an `integer` option takes. */
export const wholeNumber = /^\d{1,9}$/;
