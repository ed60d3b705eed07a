import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Digest } from '../../../domain/artifact.ts';
import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import { identifyProcess } from '../../../exec/processIdentity.ts';
import { openLayout } from '../../../oci/layout.ts';
import type { ImageConfig } from '../../../oci/types.ts';
import { extractLayer, type LayerContent } from './unpack/extractLayer.ts';
import type { LayerSource } from './unpack/layerReader.ts';
import { canBeStacked, mergeLayers, type UnpackedLayer } from './unpack/mergeLayers.ts';

/** An image on this machine's disk. Nobody writes to its folders: instances share them. */
export interface UnpackedImage {
  readonly config: ImageConfig;
  readonly layers: readonly UnpackedLayer[];
}

export interface LayerStore {
  /** Unpacks what is not there yet. @throws Failure naming the layer or entry that is wrong */
  unpack(layoutDir: string, manifestDigest: Digest): Promise<UnpackedImage>;
  /** Folders that, stacked with the last one on top, are the image's root. */
  stack(image: UnpackedImage): Promise<readonly string[]>;
}

/**
 * Keeps layers by their diff id, unpacked once for all images and instances that have them.
 * @param directory its own, on the disk of the instances; whatever else is in it is removed, above all what another boot
 *   left: a layer that was unpacked shortly before a power cut may have files without their content
 * @param owner user and group of every file; absent: the user of this process
 */
export function createLayerStore(directory: string, bootId: string, owner?: number): LayerStore {
  const home = join(directory, bootId);
  const unpacking = new Map<string, Promise<unknown>>();

  const once = async <T>(
    name: string,
    make: (temporary: string) => Promise<void>,
    read: () => Promise<T>,
  ): Promise<T> => {
    const running = unpacking.get(name) ?? makeOnce(directory, bootId, name, make);
    unpacking.set(name, running);
    try {
      await running;
    } finally {
      unpacking.delete(name);
    }
    return read();
  };

  const layerOf = (source: LayerSource): Promise<UnpackedLayer> => {
    const name = source.diffId.slice('sha256:'.length);
    const extract = async (temporary: string): Promise<void> => {
      await mkdir(join(temporary, 'tree'));
      const content = await extractLayer(source, join(temporary, 'tree'), owner);
      await writeFile(join(temporary, 'layer.json'), JSON.stringify(content));
    };
    return once(name, extract, async () => {
      const content = JSON.parse(await readFile(join(home, name, 'layer.json'), 'utf8')) as LayerContent;
      return { ...content, directory: join(home, name, 'tree') };
    });
  };

  return {
    async unpack(layoutDir, manifestDigest) {
      const layout = await openLayout(layoutDir);
      const manifest = await layout.manifest(manifestDigest);
      const config = await layout.config(manifest.config.digest);
      assertRunsHere(config);
      const layers: UnpackedLayer[] = [];
      for (const [level, layer] of manifest.layers.entries()) {
        const diffId = config.rootfs.diff_ids[level];
        if (diffId === undefined) throw new Failure('unpack the image', 'it has more layers than diff ids');
        layers.push(await layerOf({ layout, layer, diffId }));
      }
      return { config, layers };
    },

    async stack({ config, layers }) {
      if (canBeStacked(layers)) return layers.map((layer) => layer.directory);
      const name = `merged-${createHash('sha256').update(config.rootfs.diff_ids.join()).digest('hex')}`;
      const merge = async (temporary: string): Promise<void> => {
        await mkdir(join(temporary, 'tree'));
        await mergeLayers(layers, join(temporary, 'tree'), 'link');
      };
      return once(name, merge, async () => [join(home, name, 'tree')]);
    },
  };
}

/** Makes one folder of the store, whole or not at all; it is well if another process was faster. */
async function makeOnce(
  directory: string,
  bootId: string,
  name: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const home = join(directory, bootId);
  if (existsSync(join(home, name))) return;
  await mkdir(home, { recursive: true });
  for (const other of await readdir(directory)) {
    if (other !== bootId) await rm(join(directory, other), { recursive: true, force: true });
  }
  for (const name of await readdir(home)) {
    if (isAbandoned(name)) await rm(join(home, name), { recursive: true, force: true });
  }
  const temporary = await mkdtemp(join(home, `.making-${process.pid}-`));
  try {
    await make(temporary);
    await rename(temporary, join(home, name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(join(home, name))) throw wrapped(error);
  }
}

/** Of a process that was killed while it unpacked. */
function isAbandoned(name: string): boolean {
  const pid = /^\.making-(\d+)-/.exec(name)?.[1];
  return pid !== undefined && identifyProcess(Number(pid)) === undefined;
}

function wrapped(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('unpack the image', problemOf(error), { cause: error });
}

/** https://go.dev/doc/install/source#environment, whose names images use */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };

function assertRunsHere({ os, architecture }: ImageConfig): void {
  const here = `${process.platform}/${architectures[process.arch] ?? process.arch}`;
  if (`${os}/${architecture}` === here) return;
  throw new Failure('unpack the image', `it is for ${os}/${architecture}, and this machine is ${here}`, {
    hint: 'build it on a machine of the same kind as this one',
    exitCode: exitCodes.invalidInput,
  });
}
