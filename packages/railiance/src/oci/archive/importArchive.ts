import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { measure } from '../digest.ts';
import { parseConfig } from '../documents.ts';
import type { Layout } from '../layout.ts';
import { OciError } from '../ociError.ts';
import type { Descriptor, Manifest, Platform } from '../types.ts';
import { mediaTypes } from '../types.ts';
import { type Archive, openArchive } from './archive.ts';
import { decompressed, interruptible } from './decompress.ts';
import { dockerImage } from './dockerArchive.ts';
import { openFolder } from './folder.ts';
import { ociImage } from './ociArchive.ts';

export interface ImportOptions {
  /** Which image, where the archive holds several: a Docker tag, or a ref name. */
  readonly image?: string;
  /** Which one of an image for several platforms. */
  readonly platform: Platform;
  readonly signal?: AbortSignal;
}

/**
 * Brings an image from an archive into a layout: `docker save`, skopeo's and Nix's `docker-archive`, or an OCI
 * layout as a folder or a tar of it; archives plain or gzipped. Configs and manifests keep their bytes, every digest is computed here, and the image is not
 * named.
 * @returns the manifest, for `layout.tag`
 * @throws OciError
 */
export async function importArchive(layout: Layout, file: string, options: ImportOptions): Promise<Descriptor> {
  const spool = join(layout.directory, '.ingest', `spool-${process.pid}-${randomBytes(8).toString('hex')}`);
  const folder = (await stat(file)).isDirectory();
  const archive = folder ? openFolder(file) : await openArchive(file, spool);
  try {
    if (archive.has('manifest.json')) return await dockerImage(layout, archive, options);
    if (archive.has('oci-layout')) return await importOci(layout, archive, options);
    throw new OciError('invalid', `archive ${file}: holds neither manifest.json nor oci-layout, so no image`);
  } finally {
    await archive.close();
  }
}

async function importOci(layout: Layout, archive: Archive, options: ImportOptions): Promise<Descriptor> {
  const manifest = await ociImage(layout, archive, options);
  await assertDiffIds(layout, await layout.manifest(manifest.digest), options.signal);
  return manifest;
}

/** What a compressed layer unpacks to must be what the config says: that is what the image is known by. */
async function assertDiffIds(layout: Layout, { config, layers }: Manifest, signal?: AbortSignal): Promise<void> {
  const { rootfs } = parseConfig(await layout.readBlob(config.digest), `config ${config.digest}`);
  if (rootfs.diff_ids.length !== layers.length) {
    throw new OciError(
      'invalid',
      `config ${config.digest}: ${rootfs.diff_ids.length} diffIDs, ${layers.length} layers`,
    );
  }
  for (const [index, { digest, mediaType }] of layers.entries()) {
    const content = decompressed(interruptible(layout.streamBlob(digest), signal), `layer ${digest}`);
    const found = mediaType === mediaTypes.layer ? digest : (await measure(content)).digest;
    if (found !== rootfs.diff_ids[index]) {
      throw new OciError('mismatch', `layer ${digest}: unpacks to ${found}, not to ${rootfs.diff_ids[index]}`);
    }
  }
}
