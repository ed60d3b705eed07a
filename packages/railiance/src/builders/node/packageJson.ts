import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';

/** What the builder reads of a package.json. https://docs.npmjs.com/cli/configuring-npm/package-json */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly main?: string;
  readonly startScript?: string;
  /** `module` or `commonjs`. */
  readonly type?: string;
  /** SPDX expression, where it is one text. */
  readonly license?: string;
  /** Name → range. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Names become paths. Old packages have upper-case letters; nothing else is allowed that leads out of a folder. */
const packageName = /^(?:@[a-zA-Z0-9_~-][a-zA-Z0-9._~-]*\/)?[a-zA-Z0-9_~-][a-zA-Z0-9._~-]*$/;

/**
 * Undefined where there is none.
 * @throws Failure (invalid input) naming the file where it is not a package.json
 */
export function readPackageJson(directory: string): PackageJson | undefined {
  const file = join(directory, 'package.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw refusal(file, problemOf(error));
  }
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw refusal(file, problemOf(error));
  }
  if (!isObject(value)) throw refusal(file, 'not a JSON object');
  const start = isObject(value.scripts) ? value.scripts.start : undefined;
  return {
    name: typeof value.name === 'string' ? value.name : '',
    version: typeof value.version === 'string' ? value.version : '0.0.0',
    ...(typeof value.main === 'string' ? { main: value.main } : {}),
    ...(typeof start === 'string' ? { startScript: start } : {}),
    ...(typeof value.type === 'string' ? { type: value.type } : {}),
    ...(typeof value.license === 'string' ? { license: value.license } : {}),
    dependencies: rangesOf(file, 'dependencies', value.dependencies),
    optionalDependencies: rangesOf(file, 'optionalDependencies', value.optionalDependencies),
    peerDependencies: rangesOf(file, 'peerDependencies', value.peerDependencies),
  };
}

function rangesOf(file: string, field: string, value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw refusal(file, `${field} is not an object`);
  for (const [name, range] of Object.entries(value)) {
    if (!packageName.test(name))
      throw refusal(file, `${field} has ${JSON.stringify(name.slice(0, 80))}, not a package name`);
    if (typeof range !== 'string') throw refusal(file, `${field}.${name} is not a version range`);
  }
  return value as Record<string, string>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(file: string, problem: string): Failure {
  return new Failure(`read ${file}`, problem, { exitCode: exitCodes.invalidInput });
}
