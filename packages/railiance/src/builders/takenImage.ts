import type { Artifact, Revision } from '../domain/artifact.ts';
import { imageAnnotations } from '../domain/imageAnnotations.ts';
import { type Descriptor, type Digest, type Layout, OciError } from '../oci/index.ts';

import type { BuildRequest } from './builder.ts';

/** What of an image that another tool made is told beside it, since every byte of it stays as it is. */
interface Told {
  readonly builder: string;
  readonly app: string;
  readonly revision: Revision;
}

/** Names an image of the layout as an app's, and says what it is. @throws OciError `missing` where a blob is not there */
export async function nameImage(layout: Layout, descriptor: Descriptor, told: Told): Promise<Artifact> {
  const { builder, app, revision } = told;
  const { mediaType, digest, size } = descriptor;
  const source = revision.dirty ? revision.tag : (revision.commit ?? revision.tag);
  const annotations = { [imageAnnotations.builder]: builder, [imageAnnotations.revision]: source };
  await layout.tag(`${app}:${revision.tag}`, { mediaType, digest, size, annotations });
  const { config, layers } = await layout.manifest(digest);
  const { os, architecture } = await layout.config(config.digest);
  return {
    app,
    revision,
    builder,
    configDigest: config.digest,
    manifestDigest: digest,
    sizeBytes: layers.reduce((sum, layer) => sum + layer.size, config.size),
    platform: `${os}/${architecture}`,
  };
}

/** The image of an app with this config where the layout has all of it: then it need not be brought there again. */
export async function imageWithConfig(
  layout: Layout,
  { app }: Pick<BuildRequest, 'app'>,
  configDigest: Digest,
): Promise<Descriptor | undefined> {
  for (const { name, descriptor } of await layout.list()) {
    if (!name.startsWith(`${app.slug}:`)) continue;
    try {
      const { config, layers } = await layout.manifest(descriptor.digest);
      if (config.digest !== configDigest) continue;
      const there = await Promise.all([config, ...layers].map(({ digest, size }) => layout.hasBlob(digest, size)));
      if (there.every(Boolean)) return descriptor;
    } catch (error) {
      // A damaged image is none: it is brought again, which mends it.
      if (!(error instanceof OciError)) throw error;
    }
  }
  return undefined;
}
