import * as z from 'zod';

import { namePattern } from '../../domain/name.ts';
import { durationMs, durationPattern, sizeBytes, sizePattern } from '../units.ts';
import { splitWords, WordsError } from '../words.ts';

/** A string of one form; `expected` completes every message about it, and is its title in the reference. */
function form(pattern: RegExp, expected: string, also: (text: string) => boolean = () => true) {
  const error = `expected ${expected}`;
  return z.string({ error }).regex(pattern, { error }).refine(also, { error }).meta({ title: expected });
}

/** Whatever a process can be given. */
const text = () => {
  const error = 'expected a string without NUL characters';
  return z
    .string({ error })
    .refine((value) => !value.includes('\0'), { error })
    .meta({ title: 'a string' });
};

const nameRule = 'lower-case letters, digits and inner hyphens, 1 to 53 characters';

export const name = () => form(namePattern, `a name (${nameRule})`);

/** One line of text for people. */
export const words = () => form(/^\P{Cc}{1,500}$/u, 'one line of text');

export const flag = () => z.boolean({ error: 'expected true or false' });

export const whole = (least: number, most: number) => {
  const error = `expected a whole number from ${least} to ${most}`;
  return z
    .int({ error })
    .min(least, { error })
    .max(most, { error })
    .meta({ title: error.replace('expected ', '') });
};

export const port = () => whole(1, 65_535);

export const duration = () => form(durationPattern, 'a duration such as "30s", "5m" or "1h30m"').transform(durationMs);

export const size = () => form(sizePattern, 'a size such as "256Mi", "1Gi" or "500M"').transform(sizeBytes);

/** A path of a URL, with its query. */
export const urlPath = () => form(/^\/[^\s\p{Cc}#]{0,2000}$/u, 'a path that begins with /');

/**
 * As `form`, for what may hold a secret where it is wrong: a message never shows the value. zod calls a refused pattern
 * by its value, so the pattern is a check of our own here.
 */
export function confidential(pattern: RegExp, expected: string) {
  const error = `expected ${expected}`;
  return z
    .string({ error })
    .refine((value) => pattern.test(value), { error })
    .meta({ title: expected, pattern: pattern.source });
}

export const url = () =>
  confidential(/^https?:\/\/[^\s\p{Cc}@]{1,2000}$/u, 'a URL that begins with http:// or https://, without a password');

const climbs = (path: string) => /(^|\/)\.{1,2}(\/|$)/.test(path);

/** An absolute path without `.` and `..`. */
export const absolutePath = () =>
  form(
    /^\/[^\p{Cc}]{0,1000}$/u,
    'an absolute path such as "/data", without . or ..',
    (path) => !path.startsWith('//') && !climbs(path),
  );

/** A path below the folder of the file; the real path is checked when it is used. */
export const relativePath = () =>
  form(/^[^/\p{Cc}][^\p{Cc}]{0,1000}$/u, 'a path below this folder', (path) => !path.split('/').includes('..'));

/** A pattern in the form of .gitignore. */
export const pattern = () => form(/^[^\p{Cc}]{1,500}$/u, 'a pattern in the form of .gitignore');

/** A script of package.json; it becomes an argument of npm. */
export const script = () => form(/^[a-zA-Z0-9][\w:.-]{0,100}$/, 'the name of an npm script');

/** A whole one: the same app.toml is the same Node on any day. */
export const nodeVersion = () => form(/^\d{2}\.\d{1,3}\.\d{1,3}$/, 'a whole version of Node such as "24.21.0"');

/** https://nix.dev/manual/nix/latest/command-ref/new-cli/nix#flake-output-attribute */
export const attribute = () => form(/^[A-Za-z_][\w'.+-]{0,200}$/, 'an output of a flake such as "docker"');

/** Text without control characters, such as a path or an address that something else will read. */
export const reference = (expected: string) => form(/^[^\p{Cc}\s-][^\p{Cc}]{0,1000}$/u, expected);

export const host = () =>
  form(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'a host name',
    (name) => name.length <= 253,
  );

/** https://www.postgresql.org/docs/current/sql-syntax-lexical.html: what needs no quotes, in lower case. */
export const identifier = () => form(/^[a-z_][a-z0-9_]{0,62}$/, 'a PostgreSQL name (lower-case letters, digits and _)');

const variablePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

export const variable = () => form(variablePattern, 'the name of an environment variable');

const plainValue = 'expected a string, a number or true or false';

/** A string; numbers and booleans are written as TOML shows them. */
const value = () =>
  z.union([text(), z.number(), z.boolean()], { error: plainValue }).transform((plain) => String(plain));

const isOurs = (key: string) => key === 'PORT' || key.startsWith('RAILIANCE_');

/** Plain environment values. `PORT` and `RAILIANCE_…` are given by the engine. */
export const environment = () =>
  z
    .record(variable(), value(), { error: 'expected a table of environment variables' })
    .refine((env) => !Object.keys(env).some(isOurs), {
      error: 'PORT and RAILIANCE_… are given to the app by the engine',
    });

export const texts = (item = text()) => z.array(item, { error: 'expected an array of strings' });

/** An array of words, or a string that is split into words as a shell would, without expanding anything. */
export const command = () => {
  const error = 'expected a command: a string, or an array of strings';
  const line = z.string({ error }).transform((text, context) => {
    try {
      return [...splitWords(text)];
    } catch (problem) {
      if (!(problem instanceof WordsError)) throw problem;
      context.addIssue({ code: 'custom', message: `the command ${problem.message}` });
      return z.NEVER;
    }
  });
  return z.union([line, texts().min(1, { error })], { error });
};
