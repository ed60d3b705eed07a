import type { NodeTable } from '../../config/schema/build.ts';
import type { BuildRequest } from '../builder.ts';
import type { FolderPart } from '../layer.ts';
import type { LayerRequest } from '../layerCache.ts';
import { appParts, installedParts } from './appParts.ts';
import { nodePath } from './command.ts';
import type { Gathered } from './gather.ts';
import { planPackageLayers } from './packageLayers.ts';
import { placePackages } from './placement.ts';
import { sbomLayer } from './sbom/layer.ts';
import { linkedLibraries } from './sharedLibraries.ts';
import { systemFile, systemParts } from './system.ts';

export type LayerPlan = Pick<LayerRequest, 'title' | 'parts'>;

/** Layers from the one that changes least often to the one that changes with every commit. */
export function planLayers({ app, progress }: BuildRequest, options: NodeTable, gathered: Gathered): LayerPlan[] {
  const { closure, runtime, bundle, states } = gathered;
  const placement = placePackages(closure);
  const packages = installedParts(closure, placement, states);
  const { libraries, missing } = linkedLibraries(runtime.program, addOnsOf(packages));
  if (missing.length > 0) {
    progress({ kind: 'note', text: `add-ons may not work, libraries are not on this machine: ${missing.join(', ')}` });
  }
  return [
    // With a base, the system is the base's.
    ...(options.base === undefined ? [{ title: 'libraries', parts: systemParts(libraries) }] : []),
    { title: 'node', parts: [systemFile(runtime.program, nodePath, 0o755)] },
    ...planPackageLayers(packages),
    { title: 'sbom', parts: sbomLayer(app, gathered, options.base === undefined ? libraries : []) },
    { title: 'app', parts: appParts(app, options, closure, placement, bundle) },
  ];
}

/** Files that may need libraries of the system. */
function addOnsOf(packages: readonly FolderPart[]): string[] {
  return packages.flatMap(({ folder: { directory, state } }) => state.binaries.map((path) => `${directory}/${path}`));
}
