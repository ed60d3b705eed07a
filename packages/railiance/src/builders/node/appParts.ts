import { posix, relative, sep } from 'node:path';

import type { AppSpec } from '../../domain/app.ts';
import { type LayerPart, madeLink, partOf } from '../layer.ts';
import { appFilesRule, type LeaveOut, listSourceFiles } from '../sourceFiles.ts';
import type { Closure, InstalledPackage } from './closure.ts';
import type { NodeOptions } from './options.ts';
import type { PackageParts } from './packageLayers.ts';
import { appPath, type Placement, placeOf } from './placement.ts';
import { appUser } from './system.ts';

/** Packages as they were installed, each at its place, their own node_modules left to the packages in there. */
export function installedParts({ packages }: Closure, placement: Placement): PackageParts[] {
  return packages.filter(({ copied }) => copied).map((item) => packageParts(item, placement, isOwnModules));
}

/** The app's own code: its files, workspaces and linked packages, the links between packages, folders of volumes. */
export function appParts(
  { run, secrets }: Pick<AppSpec, 'run' | 'secrets'>,
  options: NodeOptions,
  closure: Closure,
  placement: Placement,
): LayerPart[] {
  const { directory } = closure.root;
  const linked = closure.packages.filter(({ copied }) => !copied);
  const apart = linked.map((item) => `${relative(directory, item.directory).split(sep).join('/')}/`);
  const rule = appFilesRule(options, secrets.file);
  const own = listSourceFiles(directory, (path) => apart.includes(path) || rule(path));
  return [
    ...own.map((file) => partOf(file, `${appPath}/${file.path}`)),
    ...linked.flatMap((item) => packageParts(item, placement, appFilesRule()).parts),
    ...[...placement.links].map(([path, target]) => madeLink(path, target)),
    ...volumeFolders(run.volumes.map(({ path }) => path)),
  ];
}

function packageParts(item: InstalledPackage, placement: Placement, leaveOut: LeaveOut): PackageParts {
  const imagePath = placeOf(placement, item);
  const files = listSourceFiles(item.directory, leaveOut);
  return { imagePath, parts: files.map((file) => partOf(file, `${imagePath}/${file.path}`)) };
}

function isOwnModules(path: string): boolean {
  return path === 'node_modules/';
}

/** Runtimes give a new volume the owner of the folder that the image has in its place. */
function volumeFolders(paths: readonly string[]): LayerPart[] {
  const { uid, gid } = appUser;
  return [...new Set(paths.map((path) => posix.join('/', path).replace(/\/+$/, '').slice(1)))]
    .filter((path) => path !== '')
    .map((path) => ({ entry: { type: 'directory', path, mode: 0o755, uid, gid } }));
}
