import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readChunks } from '../compress/byteReader.ts';
import { digestOf, measure } from '../digest.ts';
import { OciError } from '../ociError.ts';
import { type ImageSource, imageOf, type LayerSource } from '../registry/imageSource.ts';
import { mediaTypes } from '../types.ts';
import { type Archive, openArchive } from './archive.ts';
import { compressionOf, decompressed } from './decompress.ts';
import { dockerContents } from './dockerArchive.ts';
import type { ImportOptions } from './importArchive.ts';
import { blobPath, findManifest, readChecked } from './ociArchive.ts';

export interface ArchivedImage extends ImageSource {
  /** Removes what was unpacked of a gzipped archive. */
  close(): Promise<void>;
}

export interface ArchiveOptions extends ImportOptions {
  /** Folder that a gzipped archive is unpacked to: its files are not read in the order in which they lie there. */
  readonly spoolDir: string;
}

/**
 * An image that is to be pushed straight from an archive: `docker-archive`, or a tar of an OCI layout; plain or gzipped. Of
 * a plain one only headers and documents are read before a layer is asked for.
 * @throws OciError
 */
export async function imageInArchive(file: string, options: ArchiveOptions): Promise<ArchivedImage> {
  await mkdir(options.spoolDir, { recursive: true });
  const spool = join(options.spoolDir, `spool-${process.pid}-${randomBytes(8).toString('hex')}`);
  const archive = await openArchive(file, spool);
  try {
    return { ...(await imageIn(archive, options)), close: () => archive.close() };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

async function imageIn(archive: Archive, options: ImportOptions): Promise<ImageSource> {
  if (archive.has('manifest.json')) return dockerSource(archive, options.image);
  if (archive.has('oci-layout')) return ociSource(archive, options);
  throw new OciError('invalid', `archive ${archive.name}: holds neither manifest.json nor oci-layout, so no image`);
}

async function dockerSource(archive: Archive, image: string | undefined): Promise<ImageSource> {
  const { configBytes, layers } = await dockerContents(archive, image);
  const config = { mediaType: mediaTypes.config, digest: digestOf(configBytes), size: configBytes.length };
  const sources: LayerSource[] = [];
  for (const { diffId, path } of layers) sources.push({ diffId, ...(await layerIn(archive, path)) });
  return { config, configBytes, layers: sources };
}

/** Old tools put compressed layers into a `docker-archive`, too: how much is in one shows when it is unpacked. */
async function layerIn(archive: Archive, path: string): Promise<Pick<LayerSource, 'sizeBytes' | 'open'>> {
  const reader = await archive.open(path);
  const start = Buffer.alloc(4);
  const compressed = compressionOf(start.subarray(0, await reader.fill(start))) !== undefined;
  await reader.close();
  if (!compressed) return { sizeBytes: archive.sizeOf(path), open: () => archive.open(path) };
  const content = () => decompressed(archive.stream(path), `archive ${archive.name}: ${path}`);
  return { sizeBytes: (await measure(content())).size, open: async () => readChunks(content()) };
}

async function ociSource(archive: Archive, options: ImportOptions): Promise<ImageSource> {
  const found = await findManifest(archive, options);
  const configBytes = await readChecked(archive, found.manifest.config);
  return imageOf(found, configBytes, (blob) => archive.open(blobPath(blob)));
}
