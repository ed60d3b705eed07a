import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Closure } from './closure.ts';

/**
 * An image must not hold other versions than package.json and the lock file say: whoever pulled a change and did not
 * install would else release the old packages under the new revision.
 * @throws Failure naming the packages that differ
 */
export async function assertUpToDate(closure: Closure): Promise<void> {
  const wrong = [...(await outOfRange(closure)), ...otherThanLocked(closure)];
  if (wrong.length === 0) return;
  const more = wrong.length > 3 ? ` and ${wrong.length - 3} more` : '';
  throw new Failure('check the installed packages', `${wrong.slice(0, 3).join('; ')}${more}`, {
    hint: `run \`npm ci\` in ${closure.root.directory}`,
    exitCode: exitCodes.invalidInput,
  });
}

async function outOfRange({ root, packages }: Closure): Promise<string[]> {
  const byDirectory = new Map(packages.map((item) => [item.directory, item]));
  const ranges = { ...root.manifest.dependencies, ...root.manifest.optionalDependencies };
  const { default: validRange } = await import('semver/ranges/valid.js');
  const { default: satisfies } = await import('semver/functions/satisfies.js');
  const wrong: string[] = [];
  for (const [name, directory] of root.dependencies) {
    // An alias is `npm:<name>@<range>`; addresses, tags and folders have no version to compare.
    const range = ranges[name]?.replace(/^npm:.+@/, '');
    const version = byDirectory.get(directory)?.version;
    if (range === undefined || version === undefined || validRange(range) === null) continue;
    if (!satisfies(version, range, { includePrerelease: true })) {
      wrong.push(`${name} is installed in version ${version}, package.json wants ${ranges[name]}`);
    }
  }
  return wrong;
}

function otherThanLocked({ root, packages }: Closure): string[] {
  const lock = nearestLock(root.directory);
  if (lock === undefined) return [];
  return packages.flatMap(({ directory, copied, version }) => {
    const place = directory.slice(lock.directory.length + 1);
    const locked = copied ? lock.versions.get(place) : undefined;
    if (locked === undefined || locked === version) return [];
    return [`${place} is installed in version ${version}, package-lock.json says ${locked}`];
  });
}

interface Lock {
  readonly directory: string;
  /** By path of the package below the folder of the lock file. */
  readonly versions: ReadonlyMap<string, string>;
}

/** https://docs.npmjs.com/cli/configuring-npm/package-lock-json; versions before 2 have no `packages` and say nothing. */
function nearestLock(from: string): Lock | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const packages = lockedPackages(join(directory, 'package-lock.json'));
    if (packages !== undefined) {
      const versions = Object.entries(packages).flatMap(([path, { version }]) =>
        version ? [[path, version] as const] : [],
      );
      return { directory, versions: new Map(versions) };
    }
    if (directory === dirname(directory)) return undefined;
  }
}

function lockedPackages(file: string): Readonly<Record<string, { version?: string }>> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return (JSON.parse(text) as { packages?: Record<string, { version?: string }> }).packages ?? {};
  } catch (error) {
    throw new Failure(`read ${file}`, 'not JSON', { exitCode: exitCodes.invalidInput, cause: error });
  }
}
