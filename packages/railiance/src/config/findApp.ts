import { readdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import { nearest } from '../domain/nearest.ts';
import { readToml, shownFrom } from './toml/read.ts';
import { findUp, isFile, isFolder, workspaceRoot } from './workspace.ts';

const fileName = 'app.toml';

/** Folders whose children may be apps, from the root of the workspace. */
const parents = ['.', 'packages', 'examples'];
const mostApps = 1000;

/**
 * Finds the app.toml that is meant: by path (to the file or its folder; it has a slash or ends in `.toml`), by slug in
 * the workspace around `cwd`, or without a reference the one here or above.
 * @throws Failure (invalid input) naming what there is
 */
export async function findApp(reference: string | undefined, cwd: string): Promise<string> {
  if (reference === undefined) return nearestApp(cwd);
  if (
    reference.includes('/') ||
    reference.includes(sep) ||
    reference === '.' ||
    reference === '..' ||
    reference.endsWith('.toml')
  ) {
    return appAt(resolve(cwd, reference), reference);
  }
  return appBySlug(reference, cwd);
}

async function nearestApp(cwd: string): Promise<string> {
  const found = await findUp(fileName, cwd);
  if (found !== undefined) return found;
  throw notFound(
    `there is no ${fileName} here or above`,
    'railiance init writes one, or name the app: its slug or its folder',
  );
}

async function appAt(path: string, reference: string): Promise<string> {
  const inside = join(path, fileName);
  if (await isFile(inside)) return inside;
  if (path.endsWith('.toml')) return path;
  if (!(await isFolder(path)))
    throw notFound(`there is no folder ${reference}`, 'name an app by its folder or its slug');
  throw notFound(`${reference} has no ${fileName}`, `railiance init ${reference} writes one`);
}

async function appBySlug(slug: string, cwd: string): Promise<string> {
  const here = await findUp(fileName, cwd);
  if (here !== undefined && (await slugOf(here)) === slug) return here;
  const root = await workspaceRoot(cwd);
  const known = await appsBelow(root);
  const found = known.filter((app) => app.slug === slug).map(({ file }) => file);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const paths = found.map((file) => shownFrom(cwd, file)).join(', ');
    throw notFound(`several apps have the slug ${slug}: ${paths}`, 'name the one you mean by its folder');
  }
  const slugs = known.flatMap((app) => app.slug ?? []);
  const near = nearest(slug, slugs);
  const hint = near === undefined ? `apps here: ${slugs.slice(0, 20).join(', ') || 'none'}` : `did you mean ${near}?`;
  throw notFound(`no app below ${root} has the slug ${slug}`, hint);
}

interface KnownApp {
  readonly file: string;
  readonly slug: string | undefined;
}

async function appsBelow(root: string): Promise<readonly KnownApp[]> {
  const files = [join(root, fileName)];
  for (const parent of parents) {
    const entries = await readdir(join(root, parent), { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules');
    files.push(...folders.map(({ name }) => join(root, parent, name, fileName)));
  }
  const there = await Promise.all(
    files.slice(0, mostApps).map(async (file) => ((await isFile(file)) ? file : undefined)),
  );
  const apps = there.filter((file) => file !== undefined);
  return Promise.all(apps.map(async (file) => ({ file, slug: await slugOf(file) })));
}

/** A neighbour's broken file is no reason to fail: it only has no slug. */
async function slugOf(file: string): Promise<string | undefined> {
  const app = await readToml(file, '/').then(
    ({ table }) => table.app as Record<string, unknown> | undefined,
    () => undefined,
  );
  const slug = app?.slug ?? app?.name;
  return typeof slug === 'string' ? slug : undefined;
}

function notFound(problem: string, hint: string): Failure {
  return new Failure('find the app', problem, { hint, exitCode: exitCodes.invalidInput });
}
