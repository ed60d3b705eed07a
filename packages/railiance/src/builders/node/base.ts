import { containedPath } from '../../config/contained.ts';
import type { AppSpec } from '../../domain/app.ts';
import type { Digest } from '../../domain/artifact.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import {
  type Descriptor,
  type ImageConfig,
  importArchive,
  type Layout,
  OciError,
  parseReference,
  pullImage,
  type Reference,
  type Registry,
} from '../../oci/index.ts';
import type { BuildRequest } from '../builder.ts';
import type { Layer } from '../layerCache.ts';

/** An image that others are put upon, with its blobs in the layout. */
export interface BaseImage {
  /** As app.toml names it. */
  readonly name: string;
  readonly manifestDigest: Digest;
  readonly layers: readonly Layer[];
  readonly config: NonNullable<ImageConfig['config']>;
}

/** A registry as the blueprint of an app says, for reading. */
export type RegistryFor = (host: string, app: AppSpec) => Promise<Registry>;

interface BaseParts {
  readonly layout: Layout;
  readonly architecture: string;
  readonly registryFor: RegistryFor;
}

/** Beside the name of a base in the layout: what app.toml called it. */
const nameAnnotation = 'dev.railiance.base';

/**
 * Brings a base into the layout. One that is named by its digest is fetched once; what a tag leads to is asked for at every
 * build, and said.
 * @throws Failure, OciError, RegistryError
 */
export async function baseImage(request: BuildRequest, base: string, parts: BaseParts): Promise<BaseImage> {
  const { layout, architecture } = parts;
  const name = `base/${request.app.slug}`;
  const descriptor = base.startsWith('./')
    ? await fromFile(request, base, parts)
    : await fromRegistry(request, base, name, parts);
  const { mediaType, digest, size } = descriptor;
  // The name keeps it from a clean-up, for the next build.
  await layout.tag(name, { mediaType, digest, size, annotations: { [nameAnnotation]: base } });
  const { config, layers } = await layout.manifest(digest);
  const image = await layout.config(config.digest);
  if (image.architecture !== architecture || image.os !== 'linux' || image.rootfs.diff_ids.length !== layers.length) {
    throw new Failure(`put ${request.app.slug} upon ${base}`, `it is for ${image.os}/${image.architecture}`, {
      hint: `name a base for linux/${architecture}`,
      exitCode: exitCodes.invalidInput,
    });
  }
  return {
    name: base,
    manifestDigest: digest,
    config: image.config ?? {},
    layers: layers.map((layer, at) => ({ title: `base ${at + 1}`, descriptor: layer, ...diffIdOf(image, at) })),
  };
}

function diffIdOf({ rootfs }: ImageConfig, at: number): { readonly diffId?: Digest } {
  const diffId = rootfs.diff_ids[at];
  return diffId === undefined ? {} : { diffId };
}

async function fromFile({ app, signal }: BuildRequest, base: string, { layout, architecture }: BaseParts) {
  const file = await containedPath(app.directory, base);
  if (file === undefined) {
    throw new Failure('read [build.node] base', `${base} leads out of ${app.directory}`, {
      exitCode: exitCodes.invalidInput,
    });
  }
  return importArchive(layout, file, { platform: { os: 'linux', architecture }, signal });
}

async function fromRegistry(
  { app, progress, signal }: BuildRequest,
  base: string,
  name: string,
  { layout, architecture, registryFor }: BaseParts,
): Promise<Descriptor> {
  const reference = registryReference(base);
  const known = reference.digest === undefined ? undefined : await knownAs(layout, name, base);
  if (known !== undefined) return known;
  const registry = await registryFor(reference.registry, app);
  try {
    const { manifestDigest } = await pullImage(registry.repository(reference.repository, 'pull'), layout, {
      reference: reference.digest ?? reference.tag ?? 'latest',
      platform: { os: 'linux', architecture },
      name,
      signal,
      onProgress: ({ doneBytes, totalBytes }) =>
        progress({ kind: 'bytes', text: `base ${base}`, done: doneBytes, total: totalBytes }),
    });
    if (reference.digest === undefined) {
      progress({ kind: 'note', text: `${base} is ${manifestDigest} today; named so, it stays the same` });
    }
    return await layout.resolve(name);
  } finally {
    registry.close();
  }
}

async function knownAs(layout: Layout, name: string, base: string): Promise<Descriptor | undefined> {
  try {
    const descriptor = await layout.resolve(name);
    if (descriptor.annotations?.[nameAnnotation] !== base) return undefined;
    const { config, layers } = await layout.manifest(descriptor.digest);
    const there = await Promise.all([config, ...layers].map(({ digest, size }) => layout.hasBlob(digest, size)));
    return there.every(Boolean) ? descriptor : undefined;
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}

function registryReference(base: string): Reference & { readonly registry: string } {
  const { registry, ...rest } = parseReference(base);
  if (registry !== undefined) return { registry, ...rest };
  throw new Failure('read [build.node] base', `${JSON.stringify(base)} names neither a registry nor a file`, {
    hint: 'write registry:port/repository@sha256:…, or ./ before the path of a file',
    exitCode: exitCodes.invalidInput,
  });
}
