import { randomBytes } from 'node:crypto';

import type { Artifact } from '../domain/artifact.ts';
import { openLayout, Registry } from '../oci/index.ts';
import type { ImageRegistryFixture } from '../pipeline/imageRegistryContract.ts';
import { createLayoutImageStore } from '../pipeline/layoutImageStore.ts';
import { createImageRegistry } from '../pipeline/ociImageRegistry.ts';
import { scratchDirectory } from './scratch.ts';
import { makeTinyImage, textFile } from './tinyImage.ts';

/** A real layout, and a registry that listens on `host` over plain HTTP; clusters know it by another name. */
export async function imageRegistryFixture(host: string): Promise<ImageRegistryFixture> {
  const layoutDir = await scratchDirectory('images');
  const images = createLayoutImageStore(layoutDir);
  let repositories = 0;
  const nameOf = ({ app, revision }: Artifact) => `${app}:${revision.tag}`;
  return {
    // An address for pulling is found where the one for pushing is, as it would be in a cluster's network.
    registry: createImageRegistry({
      open: () => new Registry({ host, plainHttp: true }),
      memoryDir: await scratchDirectory('layers'),
    }),
    layoutDir,
    repository() {
      repositories += 1;
      return { push: `${host}/app-${repositories}`, pull: `registry.example.test:5000/app-${repositories}` };
    },
    async build(tag, content = tag) {
      const text = `${content} ${randomBytes(4).toString('hex')}`;
      const { manifestDigest } = await makeTinyImage(layoutDir, { node: false, layers: [[textFile('app/x', text)]] });
      const layout = await openLayout(layoutDir);
      await layout.tag(`probe:${tag}`, await layout.resolve('tiny:latest'));
      const artifact = await images.find('probe', tag);
      if (artifact?.manifestDigest !== manifestDigest) throw new Error('the image that was built is not there');
      return artifact;
    },
    async forget(artifact) {
      const layout = await openLayout(layoutDir);
      await Promise.all([layout.remove(nameOf(artifact)), layout.remove('tiny:latest')]);
      await layout.collect([], { graceMs: 0 });
    },
    async isHere({ app, revision, configDigest }) {
      return (await images.find(app, revision.tag))?.configDigest === configDigest;
    },
  };
}
