import type * as z from 'zod';

import { exitCodes, Failure } from '../domain/failure.ts';
import { nearest } from '../domain/nearest.ts';
import { findPlaces, type KeyPath } from './toml/positions.ts';
import type { TomlFile } from './toml/read.ts';

/** One thing that is wrong, at one key. */
export interface Problem {
  readonly path: KeyPath;
  /** A function where it is costly to make: a hostile file has thousands of problems, and few are shown. */
  readonly message: string | (() => string);
  /** Where to point: at the key itself or at its value. */
  readonly at: 'key' | 'value';
}

type Issue = z.core.$ZodIssue;

const shownProblems = 20;

/**
 * Checks a file against a schema. All problems are told at once, each with file, line, column, key and what is expected.
 * @throws Failure (invalid input)
 */
export function check<Schema extends z.ZodType>(file: TomlFile, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(file.table);
  if (result.success) return result.data;
  throw invalid(
    file,
    result.error.issues.flatMap((issue) => problemsOf(issue, file.table, schema)),
  );
}

/** The failure that tells all problems of a file. */
export function invalid(file: TomlFile, problems: readonly Problem[]): Failure {
  const place = findPlaces(file.source);
  const sorted = problems
    .map((problem) => ({ ...problem, position: positionOf(problem.path, problem.at, place) }))
    .sort((one, other) => one.position.line - other.position.line || one.position.column - other.position.column);
  const lines = sorted.slice(0, shownProblems).map(({ path, message, position: { line, column } }) => {
    const key = path.length > 0 ? `${keyText(path)}: ` : '';
    return `${file.shownPath}:${line}:${column}: ${key}${typeof message === 'string' ? message : message()}`;
  });
  if (sorted.length > shownProblems) lines.push(`… and ${sorted.length - shownProblems} more`);
  const problem = lines.length === 1 ? (lines[0] ?? '') : [`${sorted.length} problems`, ...lines].join('\n');
  return new Failure(`read ${file.shownPath}`, problem, {
    hint: 'put that right; railiance plan shows what it comes to',
    exitCode: exitCodes.invalidInput,
  });
}

/** What is missing is pointed at where it belongs: in the nearest table around it that is there. */
function positionOf(path: KeyPath, at: Problem['at'], place: ReturnType<typeof findPlaces>) {
  const found = place(path);
  if (found) return found[at];
  for (let length = path.length - 1; length > 0; length--) {
    const parent = place(path.slice(0, length));
    if (parent) return parent.key;
  }
  return { line: 1, column: 1 };
}

function problemsOf(issue: Issue, root: unknown, schema: z.ZodType, base: KeyPath = []): Problem[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], knownKeys(schema, path)));
    case 'invalid_union': {
      const branch = issue.errors.find(
        (issues) => !issues.some(({ path: at, code }) => at.length === 0 && code === 'invalid_type'),
      );
      if (branch) return branch.flatMap((inner) => problemsOf(inner, root, schema, path));
      break;
    }
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, message, at: 'key' }));
    case 'invalid_value':
      return [{ path, at: 'value', message: () => notOneOf(issue.values.map(String), valueAt(root, path)) }];
  }
  const value = valueAt(root, path);
  const missing = value === undefined && issue.code === 'invalid_type';
  if (missing) return [{ path, at: 'key', message: `missing; ${issue.message}` }];
  const found = issue.code === 'custom' ? '' : `, found ${brief(value)}`;
  return [{ path, at: 'value', message: `${issue.message}${found}` }];
}

function unknownKey(path: KeyPath, known: readonly string[]): Problem {
  const message = () => {
    const near = nearest(String(path.at(-1)), known);
    return `unknown key; ${near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`}`;
  };
  return { path, at: 'key', message };
}

function notOneOf(values: readonly string[], found: unknown): string {
  const near = typeof found === 'string' ? nearest(found, values) : undefined;
  const choices = values.map((value) => JSON.stringify(value));
  const expected = choices.length === 1 ? `expected ${choices[0]}` : `expected one of ${choices.join(', ')}`;
  return `${expected}, found ${brief(found)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
}

function knownKeys(schema: z.core.$ZodType, path: KeyPath): readonly string[] {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  switch (definition.type) {
    case 'optional':
      return knownKeys(definition.innerType, path);
    case 'pipe':
      return knownKeys(definition.in, path);
    case 'union':
      return definition.options.flatMap((option) => knownKeys(option, path));
    case 'array':
      return knownKeys(definition.element, path.slice(1));
    case 'record':
      return knownKeys(definition.valueType, path.slice(1));
    case 'object': {
      const [first, ...rest] = path;
      if (first === undefined) return Object.keys(definition.shape);
      const inner = definition.shape[String(first)];
      return inner === undefined ? [] : knownKeys(inner, rest);
    }
    default:
      return [];
  }
}

function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], root);
}

/** `run.env.LOG_LEVEL`, `smoke[0].path`, `env."a b"`. */
export function keyText(path: KeyPath): string {
  return path
    .map((part, at) => {
      if (typeof part === 'number') return `[${part}]`;
      const text = /^[\w-]+$/.test(part) ? part : JSON.stringify(part.slice(0, 80));
      return at === 0 ? text : `.${text}`;
    })
    .join('');
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'object' && value !== null) return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
