import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { problemOf } from '../domain/failure.ts';
import { createLeakFinder } from './leaks.ts';
import { type KeySources, openSecretsText } from './openSecrets.ts';
import {
  environmentOf,
  findCreationRule,
  formatOfFile,
  namesOf,
  type OpenedFile,
  plainLeaves,
  plainTexts,
  readConflict,
  readSops,
  type SealedFile,
} from './sops/index.ts';
import { readSecretsFile, type SecretsText } from './sopsFile.ts';

/** One thing that must not be committed or deployed like that. Values are never in it. */
export interface Finding {
  readonly file: string;
  readonly line?: number;
  readonly problem: string;
}

export interface CheckRequest {
  /** Folder that `files` are relative to. */
  readonly folder: string;
  /** Everything to look at. */
  readonly files: readonly string[];
  /** Files whose values are looked for as well, and of which nothing else is said. */
  readonly valuesFrom: readonly string[];
  /** Names that must be in a file, by the file. */
  readonly required: ReadonlyMap<string, readonly string[]>;
  readonly sources: KeySources;
  /** Without keys (a CI job that must not have them) only what can be seen from outside is checked. */
  readonly withKeys: boolean;
}

const mostScannedBytes = 4 << 20;

/** Looks at every file that is, or should be, encrypted; and for their values in all the other files. */
export async function checkSecrets(request: CheckRequest): Promise<readonly Finding[]> {
  const { folder, withKeys } = request;
  const all: Finding[] = [];
  const values = new Set<string>();
  const secretFiles = new Set<string>();
  const looked = new Set(request.files);
  for (const file of [...request.files, ...(withKeys ? request.valuesFrom : [])]) {
    if (!(await shouldBeEncrypted(join(folder, file))) && !request.required.has(file)) continue;
    secretFiles.add(file);
    const findings = looked.has(file) ? all : [];
    const source = await readSecretsFile(file, folder).catch((error) => problemOf(error));
    if (typeof source === 'string') {
      findings.push({ file, problem: source });
      continue;
    }
    const sealed = await outside(file, source, findings);
    if (sealed === undefined) continue;
    findings.push(...missingNames(file, sealed, request.required.get(file) ?? []));
    if (!withKeys) continue;
    const opened = await openSecretsText(source, request.sources).catch((error) => problemOf(error));
    if (typeof opened === 'string') findings.push({ file, problem: opened });
    else {
      findings.push(...emptyNames(file, opened, request.required.get(file) ?? []));
      for (const value of plainTexts(opened)) values.add(value);
    }
  }
  if (values.size > 0) all.push(...(await leaked(request, secretFiles, values)));
  return all;
}

/** By a rule of `.sops.yaml` that names its path, or by its own name. */
async function shouldBeEncrypted(path: string): Promise<boolean> {
  if (formatOfFile(path) === undefined) return false;
  // With a name before it: `.sops.yaml` alone is sops' own configuration.
  if (/[^/]\.sops\.(ya?ml|json|env)$/.test(path)) return true;
  const rule = await findCreationRule(path).catch(() => undefined);
  return rule?.byPath ?? false;
}

/** What can be seen without a key; undefined where nothing more can be asked of the file. */
async function outside(
  file: string,
  { text, format }: SecretsText,
  findings: Finding[],
): Promise<SealedFile | undefined> {
  if (readConflict(text) !== undefined) {
    findings.push({ file, problem: 'it has merge conflicts: railiance secrets edit settles them' });
    return undefined;
  }
  try {
    const sealed = await readSops(text, format);
    for (const { name, line } of plainLeaves(sealed))
      findings.push({ file, line, problem: `${name} is not encrypted` });
    return sealed;
  } catch (error) {
    findings.push({ file, problem: problemOf(error) });
    return undefined;
  }
}

function missingNames(file: string, sealed: SealedFile, required: readonly string[]): Finding[] {
  const names = new Set(namesOf(sealed).map(({ name }) => name));
  return required
    .filter((name) => !names.has(name))
    .map((name) => ({ file, problem: `${name} is required, and missing` }));
}

function emptyNames(file: string, opened: OpenedFile, required: readonly string[]): Finding[] {
  try {
    const environment = environmentOf(opened);
    return required
      .filter((name) => environment[name] === '')
      .map((name) => ({ file, problem: `${name} is required, and empty` }));
  } catch (error) {
    return required.length === 0 ? [] : [{ file, problem: problemOf(error) }];
  }
}

async function leaked(
  { folder, files }: CheckRequest,
  except: ReadonlySet<string>,
  values: ReadonlySet<string>,
): Promise<Finding[]> {
  const find = createLeakFinder(values);
  const findings: Finding[] = [];
  for (const file of files) {
    if (except.has(file)) continue;
    const bytes = await readFile(join(folder, file)).catch(() => undefined);
    if (bytes === undefined || bytes.length > mostScannedBytes) continue;
    for (const leak of find(file, bytes.toString('utf8'))) {
      findings.push({ ...leak, problem: 'the value of a secret stands here in plain text' });
    }
  }
  return findings;
}
