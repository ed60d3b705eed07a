import assert from 'node:assert/strict';
import { join } from 'node:path';
import { versions } from 'node:process';
import { test } from 'node:test';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';

import { createLocalExec } from '../../../exec/localExec.ts';
import { openLayout } from '../../../oci/index.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { type Tree, writeTree } from '../../../testing/tree.ts';
import { appAt, imageFiles, noRegistry, requestFor } from '../../contract.ts';
import { nodeBuilder } from '../../node.ts';
import { sbomPath } from './layer.ts';

const root = await scratchDirectory('sbom');
const layoutDir = join(root, 'images');
const tree: Tree = {
  'package.json': { name: 'probe', version: '1.0.0', main: 'server.js', dependencies: { '@team/a': '1', b: '1' } },
  'server.js': '',
  'node_modules/@team/a/package.json': { name: '@team/a', version: '1.2.3', license: 'MIT', dependencies: { b: '2' } },
  'node_modules/@team/a/node_modules/b/package.json': { name: 'b', version: '2.0.0', license: 'MIT OR Apache-2.0' },
  'node_modules/b/package.json': { name: 'b', version: '1.0.0', license: 'SEE LICENSE IN x' },
};

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly purl?: string;
  readonly licenses?: unknown;
  readonly hashes?: readonly { readonly content: string }[];
}

async function sbomOf(name: string, files: Tree) {
  const app = appAt(await writeTree(join(root, name), files));
  const builder = nodeBuilder({ exec: createLocalExec(), cacheDir: join(root, 'cache'), registryFor: noRegistry });
  const artifact = await builder.build(requestFor(app, layoutDir));
  const layout = await openLayout(layoutDir);
  const text = (await imageFiles(layout, artifact)).get(sbomPath.slice(1)) ?? '';
  const document = JSON.parse(text) as {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly serialNumber?: string;
    readonly metadata: { readonly timestamp?: string; readonly component: Component };
    readonly components: readonly Component[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
  };
  return { text, document, config: await layout.config(artifact.configDigest), artifact };
}

test('an image names every part of it: packages with version and licence, Node, and libraries by their digest', async () => {
  const { document, config } = await sbomOf('one', tree);
  assert.deepEqual([document.bomFormat, document.specVersion], ['CycloneDX', '1.6']);
  const purls = document.components.flatMap(({ purl }) => purl ?? []).sort();
  const packages = ['pkg:npm/%40team/a@1.2.3', 'pkg:npm/b@1.0.0', 'pkg:npm/b@2.0.0'];
  assert.deepEqual(purls, [`pkg:generic/node@${versions.node}`, ...packages]);
  const licenses = document.components.flatMap(({ licenses }) =>
    licenses === undefined ? [] : [JSON.stringify(licenses)],
  );
  assert.deepEqual(licenses.sort(), [
    '[{"expression":"MIT OR Apache-2.0"}]',
    '[{"license":{"id":"MIT"}}]',
    '[{"license":{"name":"SEE LICENSE IN x"}}]',
  ]);
  const libraries = document.components.filter(({ type }) => type === 'file');
  assert.ok(libraries.some(({ name }) => name.includes('libc.so')));
  for (const { hashes } of libraries) assert.match(hashes?.[0]?.content ?? '', /^[0-9a-f]{64}$/);
  assert.equal(config.config?.Labels?.['dev.railiance.sbom'], sbomPath);
});

test('it says what needs what, also where one package is there in two versions', async () => {
  const { document } = await sbomOf('needs', tree);
  const purlOf = new Map(document.components.map((item) => [item['bom-ref'], item.purl]));
  const needs = (ref: string) => document.dependencies.find((item) => item.ref === ref)?.dependsOn ?? [];
  const a = document.components.find(({ purl }) => purl?.includes('team'))?.['bom-ref'] ?? '';
  assert.deepEqual(
    needs(a).map((ref) => purlOf.get(ref)),
    ['pkg:npm/b@2.0.0'],
  );
  assert.equal(needs('app').length, 3, 'two packages and Node');
});

test('the same parts give the same bytes anywhere, and a change of the app alone leaves its layer', async () => {
  const first = await sbomOf('first', tree);
  const second = await sbomOf('second', { ...tree, 'server.js': 'changed' });
  assert.equal(second.text, first.text);
  assert.equal(first.document.serialNumber, undefined);
  assert.equal(first.document.metadata.timestamp, undefined);
  assert.ok(!first.text.includes(root));
  assert.notEqual(second.artifact.configDigest, first.artifact.configDigest);
});

test('it is what the schema of CycloneDX 1.6 asks for', async () => {
  const { text, document } = await sbomOf('schema', tree);
  const schema = new JsonStrictValidator(Version.v1dot6);
  assert.equal(await schema.validate(text), null);
  const unknown = JSON.stringify({ ...document, components: [{ ...document.components[0], type: 'no such type' }] });
  assert.notEqual(await schema.validate(unknown), null);
});
