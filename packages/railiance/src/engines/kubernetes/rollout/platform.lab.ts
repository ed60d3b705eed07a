import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { ensureNamespace } from '../../../kubernetes/store.ts';
import { imageInLayout, openLayout, parseReference, pushImage, Registry } from '../../../oci/index.ts';
import { type ClusterFixture, openClusterFixture } from '../../../testing/cluster/clusterFixture.ts';
import { assertNamed, type Provoked } from '../../../testing/cluster/provoke.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { makeTinyImage, type TinyImageSpec } from '../../../testing/tinyImage.ts';
import { setScene } from '../../contract/fixture.ts';

let fixture: ClusterFixture;
const scratch = await scratchDirectory('platform');
before(async () => {
  fixture = await openClusterFixture();
});
after(() => fixture.close());

const isArm = process.arch === 'arm64';
const other = isArm ? 'amd64' : 'arm64';

/** The header of a program for the other kind of machine: as much as the kernel looks at. */
function foreignProgram(): Buffer {
  const header = Buffer.alloc(120);
  header.write('\x7fELF', 'latin1');
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(isArm ? 62 : 183, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  return header;
}

/** Pushes an image, and gives what the nodes pull. */
async function pushed(name: string, spec: TinyImageSpec): Promise<string> {
  const layoutDir = join(scratch, name);
  const { manifestDigest } = await makeTinyImage(layoutDir, spec);
  const host = fixture.lab.registry;
  const registry = new Registry({ host, plainHttp: true });
  try {
    const { repository } = parseReference(`${host}/${fixture.lab.mark}/${name}:one`);
    const source = await imageInLayout(await openLayout(layoutDir), manifestDigest);
    const sent = await pushImage(registry.repository(repository, 'push'), source, { tag: 'one' });
    return `${host}/${repository}:one@${sent.manifestDigest}`;
  } finally {
    registry.close();
  }
}

const foreign = [{ type: 'content', path: 'app/foreign', mode: 0o755, content: foreignProgram() }] as const;
const config = { Entrypoint: ['/app/foreign'] };
const cases: readonly (Provoked & { readonly name: string; readonly says: string; readonly image: TinyImageSpec })[] = [
  {
    ...{ name: 'mislabelled', says: 'whose program is for another machine, though it says otherwise' },
    ...{ cause: 'crash', words: /exec format error|another platform/, event: 'Created' },
    image: { node: false, layers: [foreign], config },
  },
  {
    ...{ name: 'honest', says: 'that says it is for another machine, where nobody asked the gate' },
    ...{ cause: 'image', words: /no match for platform/, event: 'Failed' },
    image: { node: false, layers: [foreign], config, architecture: other },
  },
];

describe('an image', () => {
  for (const { name, says, image, ...provoked } of cases) {
    test(says, async (context) => {
      const set = await setScene(fixture);
      const namespace = `${fixture.lab.mark}-${set.target.app.slice(-8)}`;
      await ensureNamespace(fixture.lab.api, namespace, {});
      const spec = { ...set.spec('bad'), image: await pushed(name, image) };
      const deploy = { directory: '/', namespace, values: [] };
      await assertNamed(context, fixture, set, { ...spec, deploy }, provoked);
    });
  }
});
