import { realpathSync, statSync } from 'node:fs';
import type { AppSpec } from '../../../domain/app.ts';
import type { MadeLater } from '../../layer.ts';
import { fileState } from '../../sourceFiles.ts';
import type { Gathered } from '../gather.ts';
import type { Library } from '../sharedLibraries.ts';
import type { Inventory } from './document.ts';

/** Where an image has the list of what it is made of. Scanners look for the ending, in any folder. */
export const sbomPath = '/usr/share/sbom/app.cdx.json';

/**
 * The list of an app's parts, as a layer of its own: it changes with the packages, not with the app. It is made only where
 * no such list was made before.
 */
export function sbomLayer(
  { name }: AppSpec,
  { everything, runtime }: Gathered,
  libraries: readonly Library[],
): MadeLater {
  const inventory: Inventory = {
    app: { name: everything.root.manifest.name || name, version: everything.root.manifest.version },
    nodeVersion: runtime.version,
    packages: everything.packages.map(({ name, version, manifest }) => ({
      name: manifest.name || name,
      version,
      license: manifest.license,
    })),
    dependencies: dependencies(everything),
    libraries: libraries.map(({ source, imagePath }) => ({ source: realpathSync(source), imagePath })),
  };
  const states = inventory.libraries.map(({ source }) => fileState(statSync(source)));
  return {
    standsFor: `sbom.v1\0${JSON.stringify([inventory, states])}`,
    make: async () => {
      const { sbomDocument } = await import('./document.ts');
      const content = Buffer.from(await sbomDocument(inventory));
      return [{ made: { type: 'content', path: sbomPath.slice(1), mode: 0o644, content } }];
    },
  };
}

/** Of the app first, then of each package: the numbers of the packages that it needs. */
function dependencies({ root, packages }: Gathered['everything']): number[][] {
  const numbers = new Map(packages.map(({ directory }, number) => [directory, number]));
  return [root, ...packages].map((item) =>
    [...item.dependencies.values()].flatMap((directory) => numbers.get(directory) ?? []),
  );
}
