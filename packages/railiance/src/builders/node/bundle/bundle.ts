import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';

import { Failure } from '../../../domain/failure.ts';
import type { Exec } from '../../../exec/exec.ts';
import type { BuildRequest } from '../../builder.ts';
import type { LayerPart } from '../../layer.ts';
import type { Closure } from '../closure.ts';
import type { NodeRuntime } from '../runtime.ts';
import { bundleCommand, formatOf, type ModuleFormat, outputOf } from './command.ts';
import { bundleEntries } from './entries.ts';
import { findEsbuild } from './esbuild.ts';

/** An app made into few files, each in the place of the one that it began with: commands and paths stay as they are. */
export interface Bundle {
  /** To be laid over the app's files; paths relative to the app. */
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  /** Files of the app that are in it now, and need not be there apart. */
  readonly sources: ReadonlySet<string>;
}

export interface BundleParts {
  readonly exec: Exec;
  readonly cacheDir: string;
  readonly closure: Closure;
  readonly runtime: NodeRuntime;
  readonly named: boolean | readonly string[];
  /** Words of what starts the app, and what migrates its database. */
  readonly commands: readonly (readonly string[] | undefined)[];
  /** Names of packages that are not bundled. */
  readonly external: readonly string[];
}

const timeoutMs = 10 * 60_000;

/** @throws Failure where esbuild is missing, or finds something wrong */
export async function bundleApp(request: BuildRequest, parts: BundleParts): Promise<Bundle> {
  const { closure, cacheDir, named, commands } = parts;
  const { directory, manifest } = closure.root;
  const entries = bundleEntries(directory, named, commands);
  await mkdir(cacheDir, { recursive: true });
  const folder = await mkdtemp(join(cacheDir, 'bundle-'));
  try {
    const files = new Map<string, Buffer>();
    const sources = new Set<string>();
    for (const format of ['esm', 'cjs'] as const) {
      const own = entries.filter((path) => formatOf(path, manifest.type) === format);
      if (own.length === 0) continue;
      const outputFolder = join(folder, format);
      for (const source of await runEsbuild(request, parts, { entries: own, format, outputFolder }))
        sources.add(source);
      const places = new Map(own.map((entry) => [outputOf(entry), entry]));
      for (const path of filesIn(outputFolder))
        files.set(places.get(path) ?? path, readFileSync(join(outputFolder, path)));
    }
    return { files: [...files].map(([path, content]) => ({ path, content })), sources };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface OneRun {
  readonly entries: readonly string[];
  readonly format: ModuleFormat;
  readonly outputFolder: string;
}

/** @returns the app's own files that went in */
async function runEsbuild(
  { app, progress, signal }: BuildRequest,
  { exec, closure, runtime, external }: BundleParts,
  one: OneRun,
): Promise<string[]> {
  const { directory } = closure.root;
  const esbuild = findEsbuild(directory);
  const metafile = `${one.outputFolder}.json`;
  const argv = bundleCommand({ ...one, esbuild, nodeVersion: runtime.version, external, metafile });
  progress({ kind: 'note', text: `bundling ${one.entries.join(', ')}` });
  const { exitCode, stderr } = await exec.run({
    argv,
    cwd: directory,
    env: app.build.env,
    timeoutMs,
    signal,
    onLine: (line) => progress({ kind: 'log', source: 'esbuild', line }),
  });
  signal.throwIfAborted();
  if (exitCode !== 0) {
    const said = /\[ERROR\] (.*)/.exec(stderr)?.[1] ?? (stderr.trim().split('\n')[0] || `it ended with ${exitCode}`);
    const advice = 'packages that cannot be bundled are named in [build.node] external';
    throw new Failure(`bundle ${app.slug}`, said, { hint: advice });
  }
  const { inputs } = JSON.parse(await readFile(metafile, 'utf8')) as {
    readonly inputs: Readonly<Record<string, unknown>>;
  };
  return Object.keys(inputs).filter((path) => !path.startsWith('../') && !path.includes('node_modules/'));
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => posix.relative(folder, posix.join(parentPath, name)))
    .sort();
}

/** What of a bundle goes into an image, at the place of the app there. */
export function bundleParts({ files }: Bundle, appPath: string): LayerPart[] {
  return files.map(({ path, content }) => ({
    made: { type: 'content', path: `${appPath}/${path}`, mode: 0o644, content },
  }));
}
