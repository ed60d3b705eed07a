import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as SPDX from '@cyclonedx/cyclonedx-library/SPDX';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import { PackageURL } from 'packageurl-js';

import { fileDigest } from '../../treeDigest.ts';

/** Everything that the document says, in an order that does not depend on where the app lies. */
export interface Inventory {
  readonly app: { readonly name: string; readonly version: string };
  readonly nodeVersion: string;
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly license: string | undefined;
  }[];
  /** Of the app first, then of each package: the numbers of the packages that it needs. */
  readonly dependencies: readonly (readonly number[])[];
  readonly libraries: readonly { readonly source: string; readonly imagePath: string }[];
}

/**
 * A software bill of materials, without times and random numbers: the same parts give the same bytes.
 * https://cyclonedx.org/docs/1.6/json/
 */
export async function sbomDocument(inventory: Inventory): Promise<string> {
  const { app, nodeVersion, packages, dependencies, libraries } = inventory;
  const bom = new Models.Bom();
  const root = component(Enums.ComponentType.Application, 'app', app);
  const parts = packages.map((item, number) => packageComponent(item, number));
  for (const [at, numbers] of dependencies.entries()) {
    const from = at === 0 ? root : parts[at - 1];
    for (const number of numbers) {
      const to = parts[number];
      if (to !== undefined) from?.dependencies.add(to.bomRef);
    }
  }
  const node = component(Enums.ComponentType.Platform, 'node', { name: 'node', version: nodeVersion });
  node.purl = new PackageURL('generic', undefined, 'node', nodeVersion).toString();
  root.dependencies.add(node.bomRef);
  bom.metadata.component = root;
  for (const part of [...parts, node]) bom.components.add(part);
  for (const { source, imagePath } of libraries) {
    const file = new Models.Component(Enums.ComponentType.File, imagePath, { bomRef: imagePath });
    file.hashes.set(Enums.HashAlgorithm['SHA-256'], await fileDigest(source));
    node.dependencies.add(file.bomRef);
    bom.components.add(file);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return serializer.serialize(bom, { sortLists: true, space: 1 });
}

type Named = { readonly name: string; readonly version: string };

function component(type: Enums.ComponentType, bomRef: string, { name, version }: Named): Models.Component {
  return new Models.Component(type, name, { bomRef, version });
}

function packageComponent({ name, version, license }: Inventory['packages'][number], number: number): Models.Component {
  const [scope, plain = name] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const purl = new PackageURL('npm', scope, plain, version).toString();
  // The same version may lie in several places, each with needs of its own.
  const made = component(Enums.ComponentType.Library, `${purl}#${number}`, { name: plain, version });
  if (scope !== undefined) made.group = scope;
  made.purl = purl;
  if (license !== undefined) made.licenses.add(licenseOf(license));
  return made;
}

function licenseOf(text: string): Models.License {
  if (SPDX.isSupportedSpdxId(text)) return new Models.SpdxLicense(text);
  const expression = /^[\w.+()-]+(?: (?:AND|OR|WITH) [\w.+()-]+)+$/.test(text);
  return expression ? new Models.LicenseExpression(text) : new Models.NamedLicense(text);
}
