import type { NodeTable } from '../../config/schema/build.ts';
import type { Exec } from '../../exec/exec.ts';
import type { BuildRequest } from '../builder.ts';
import { type FolderState, isMachineCode } from '../folderStates/folderState.ts';
import { PackageScan } from '../folderStates/packageScan.ts';
import { type Bundle, bundleApp } from './bundle/bundle.ts';
import { unbundled } from './bundle/unbundled.ts';
import { type Closure, type InstalledPackage, nodeModulesClosure } from './closure.ts';
import type { StartCommand } from './command.ts';
import { type NodeRuntime, nodeRuntime } from './runtime.ts';
import { assertUpToDate } from './upToDate.ts';

/** What an image of the app is made from. */
export interface Gathered {
  /** Packages that stay in node_modules. */
  readonly closure: Closure;
  /** All packages, those of the bundle too. */
  readonly everything: Closure;
  readonly runtime: NodeRuntime;
  readonly bundle?: Bundle;
  /** Of the packages that were installed as copies, by their folders. */
  readonly states: ReadonlyMap<string, FolderState>;
}

export interface GatherParts {
  readonly exec: Exec;
  readonly cacheDir: string;
  readonly start: (closure: Closure) => StartCommand;
}

/** Finds the packages and the Node of an app, and bundles it where that is asked for. */
export async function gather(request: BuildRequest, options: NodeTable, parts: GatherParts): Promise<Gathered> {
  const { app, progress, signal } = request;
  const { exec, cacheDir } = parts;
  const { everything, states } = await installed(request, options);
  const { version, bundle: named = false, external = [] } = options;
  const runtime = await nodeRuntime({ directory: app.directory, version, cacheDir, exec, progress, signal });
  if (named === false) return { closure: everything, everything, runtime, states };
  const { closure, names } = unbundled(everything, {
    bringsBinaries: ({ directory }) => states.get(directory)?.binaries.some(isMachineCode) ?? false,
    external,
  });
  const commands = [parts.start(everything).command, app.run.command, app.database?.migrate];
  const bundle = await bundleApp(request, {
    ...{ exec, cacheDir, runtime, named, commands },
    closure: everything,
    external: [...new Set([...names, ...external])],
  });
  return { closure, everything, runtime, bundle, states };
}

/** The packages of an app, as they should be, and what their folders look like. */
async function installed({ app }: BuildRequest, options: NodeTable): Promise<Pick<Gathered, 'everything' | 'states'>> {
  const scan = new PackageScan();
  try {
    const found = ({ copied, directory }: InstalledPackage) => copied && scan.expect(directory);
    const everything = nodeModulesClosure(app.directory, { ...options, found });
    await assertUpToDate(everything);
    return { everything, states: scan.states() };
  } finally {
    scan.close();
  }
}
