import { posix, relative, sep } from 'node:path';
import type { NodeTable } from '../../config/schema/build.ts';
import type { AppSpec } from '../../domain/app.ts';
import { type FolderState, knownFolder, ownModulesOnly } from '../folderStates/folderState.ts';
import type { FolderPart, LayerPart } from '../layer.ts';
import { appFilesRule, type LeaveOut } from '../sourceFiles.ts';
import { type Bundle, bundleParts } from './bundle/bundle.ts';
import type { Closure, InstalledPackage } from './closure.ts';
import { appPath, type Placement, placeOf } from './placement.ts';
import { appUser } from './system.ts';

/** Packages as they were installed, each at its place, their own node_modules left to the packages in there. */
export function installedParts(
  { packages }: Closure,
  placement: Placement,
  states: ReadonlyMap<string, FolderState>,
): FolderPart[] {
  const copies = packages.filter(({ copied }) => copied);
  return copies.map((item) => packagePart(item, placement, ownModulesOnly, states.get(item.directory)));
}

/** The app's own code: its files, workspaces and linked packages, the links between packages, folders of volumes. */
export function appParts(
  { run, secrets }: Pick<AppSpec, 'run' | 'secrets'>,
  options: NodeTable,
  closure: Closure,
  placement: Placement,
  bundle?: Bundle,
): LayerPart[] {
  const { directory } = closure.root;
  const linked = closure.packages.filter(({ copied }) => !copied);
  const apart = linked.map((item) => `${relative(directory, item.directory).split(sep).join('/')}/`);
  const rule = appFilesRule(options, secrets.file);
  const own = knownFolder(directory, (path) => apart.includes(path) || bundle?.sources.has(path) || rule(path));
  return [
    { folder: own, imagePath: appPath },
    ...(bundle === undefined ? [] : bundleParts(bundle, appPath)),
    ...linked.map((item) => packagePart(item, placement, appFilesRule())),
    ...[...placement.links].map(([path, target]): LayerPart => ({ made: { type: 'symlink', path, target } })),
    ...volumeFolders(run.volumes.map(({ path }) => path)),
  ];
}

function packagePart(
  item: InstalledPackage,
  placement: Placement,
  leaveOut: LeaveOut,
  state?: FolderState,
): FolderPart {
  return { folder: knownFolder(item.directory, leaveOut, state), imagePath: placeOf(placement, item) };
}

/** Runtimes give a new volume the owner of the folder that the image has in its place. */
function volumeFolders(paths: readonly string[]): LayerPart[] {
  const { uid, gid } = appUser;
  return [...new Set(paths.map((path) => posix.join('/', path).replace(/\/+$/, '').slice(1)))]
    .filter((path) => path !== '')
    .map((path) => ({ made: { type: 'directory', path, mode: 0o755, uid, gid } }));
}
