import { isDigest } from './digest.ts';
import { OciError, quoted } from './ociError.ts';
import { type Descriptor, type ImageConfig, type Index, type Manifest, mediaTypes } from './types.ts';

/** Registries refuse larger manifests too: https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export const maxDocumentBytes = 4 * 1024 * 1024;
const maxLayers = 1000;
const maxIndexEntries = 100_000;

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(bytes: Uint8Array, what: string, limitBytes = maxDocumentBytes): Fields {
  if (bytes.length > limitBytes) {
    throw new OciError('too-large', `${what}: ${bytes.length} bytes, limit ${limitBytes}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new OciError('invalid', `${what}: not JSON`, error);
  }
  if (!isObject(value)) throw new OciError('invalid', `${what}: not a JSON object`);
  return value;
}

function isStringMap(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

/** @throws OciError `invalid`; `what` names the document in the message */
export function assertDescriptor(value: unknown, what: string): asserts value is Descriptor {
  const refuse = (why: string) => new OciError('invalid', `${what}: ${why}`);
  if (!isObject(value)) throw refuse('a descriptor is missing');
  if (typeof value.mediaType !== 'string') throw refuse('a descriptor has no mediaType');
  if (!isDigest(value.digest)) throw refuse(`${quoted(value.digest)} is not a sha256 digest`);
  if (!Number.isSafeInteger(value.size) || (value.size as number) < 0) {
    throw refuse(`${value.digest} has the size ${quoted(value.size)}`);
  }
  if (value.annotations !== undefined && !isStringMap(value.annotations)) {
    throw refuse(`the annotations of ${value.digest} are not texts`);
  }
}

function assertDescriptors(value: unknown, most: number, what: string): void {
  if (!Array.isArray(value)) throw new OciError('invalid', `${what}: a list of descriptors is missing`);
  if (value.length > most) throw new OciError('too-large', `${what}: ${value.length} descriptors, limit ${most}`);
  for (const item of value) assertDescriptor(item, what);
}

/** @throws OciError `invalid` or `too-large` */
export function parseManifest(bytes: Uint8Array, what: string): Manifest {
  const value = parseObject(bytes, what);
  if (value.schemaVersion !== 2) throw new OciError('invalid', `${what}: not a manifest of schema version 2`);
  if (value.manifests !== undefined) throw new OciError('invalid', `${what}: an image index, not a manifest`);
  const mediaType = value.mediaType ?? mediaTypes.manifest;
  if (mediaType !== mediaTypes.manifest && mediaType !== mediaTypes.dockerManifest) {
    throw new OciError('invalid', `${what}: ${quoted(mediaType)} is not the media type of a manifest`);
  }
  assertDescriptor(value.config, what);
  assertDescriptors(value.layers, maxLayers, what);
  return { ...(value as unknown as Manifest), mediaType };
}

/** @throws OciError `invalid` or `too-large` */
export function parseIndex(bytes: Uint8Array, what: string, limitBytes = maxDocumentBytes): Index {
  const value = parseObject(bytes, what, limitBytes);
  if (value.schemaVersion !== 2) throw new OciError('invalid', `${what}: not an index of schema version 2`);
  assertDescriptors(value.manifests, maxIndexEntries, what);
  return value as unknown as Index;
}

/** Whichever of the two it is. @throws OciError `invalid` or `too-large` */
export function parseDocument(bytes: Uint8Array, what: string): Manifest | Index {
  return 'manifests' in parseObject(bytes, what) ? parseIndex(bytes, what) : parseManifest(bytes, what);
}

/** @throws OciError `invalid` or `too-large` */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  const value = parseObject(bytes, what);
  const refuse = (why: string) => new OciError('invalid', `${what}: ${why}`);
  if (typeof value.os !== 'string' || typeof value.architecture !== 'string') {
    throw refuse('an image config names its os and architecture');
  }
  const rootfs = value.rootfs;
  if (!isObject(rootfs) || rootfs.type !== 'layers') throw refuse('rootfs is not of type layers');
  const diffIds = rootfs.diff_ids;
  if (!Array.isArray(diffIds) || diffIds.length > maxLayers || !diffIds.every(isDigest)) {
    throw refuse('rootfs.diff_ids is not a list of sha256 digests');
  }
  const run = value.config ?? {};
  if (!isObject(run)) throw refuse('config is not an object');
  assertRunConfig(run, refuse);
  // Docker writes `null` for what is not set.
  const config = Object.fromEntries(Object.entries(run).filter(([, setting]) => setting !== null));
  return { ...(value as unknown as ImageConfig), config };
}

function assertRunConfig(config: Fields, refuse: (why: string) => OciError): void {
  for (const key of ['Env', 'Entrypoint', 'Cmd']) {
    if (config[key] != null && !isStringList(config[key])) throw refuse(`config.${key} is not a list of texts`);
  }
  for (const key of ['User', 'WorkingDir', 'StopSignal']) {
    if (config[key] != null && typeof config[key] !== 'string') throw refuse(`config.${key} is not a text`);
  }
  if (config.Labels != null && !isStringMap(config.Labels)) throw refuse('config.Labels are not texts');
}
