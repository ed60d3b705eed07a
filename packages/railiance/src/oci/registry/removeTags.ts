import { all, Permits } from '../permits.ts';
import { type Digest, mediaTypes } from '../types.ts';
import { descend } from './descend.ts';
import { RegistryError } from './registryError.ts';
import type { Repository } from './repository.ts';
import { listTags } from './tags.ts';

export interface RemoveTagsOptions {
  /** Tags that are not needed, the first to go first. Every other tag of the repository is kept. */
  readonly unneeded: readonly string[];
  /** Manifests that stay though no tag may name them. */
  readonly keep?: ReadonlySet<Digest> | undefined;
  /** Looks at each image before it goes, and may say why it stays. */
  readonly spare?: ((image: RemovableImage) => string | undefined) | undefined;
  /** Most tags looked at and removed at once: a registry may take a third of a second for each. */
  readonly limit?: number | undefined;
  /** Only look. */
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RemovableImage {
  readonly tag: string;
  readonly digest: Digest;
  /** Of the image, or of every image of an index. */
  readonly configDigests: readonly Digest[];
}

export interface RemoveTagsResult {
  /** In the order they went, or would go. */
  readonly removed: readonly RemovableImage[];
  readonly spared: readonly { readonly tag: string; readonly reason: string }[];
  /** Unneeded tags beyond the limit. */
  readonly remaining: number;
}

const parallelLooks = 8;
/** Registries have been seen to trip over many deletions at once. */
const parallelRemovals = 2;

/**
 * Removes tags without harm to any other: an image goes only where neither a kept tag nor an index that a kept tag names
 * has it. By tag where the registry can do that, else by digest.
 * @throws RegistryError, `failed` with 405 where the registry deletes nothing
 */
export async function removeTags(repository: Repository, options: RemoveTagsOptions): Promise<RemoveTagsResult> {
  const { limit = Number.POSITIVE_INFINITY, signal } = options;
  const tags = await tagsOf(repository, signal);
  const unneeded = options.unneeded.filter((tag) => tags.has(tag));
  const chosen = unneeded.slice(0, limit);
  const remaining = unneeded.length - chosen.length;
  if (chosen.length === 0) return { removed: [], spared: [], remaining };
  const goes = new Set(unneeded);
  const kept = new KeptDigests(repository, options.keep, signal);
  await kept.add([...tags].filter((tag) => !goes.has(tag)));
  const spared: { tag: string; reason: string }[] = [];
  const doomed = (await eachOf(chosen, parallelLooks, signal, (tag, inner) => imageOf(repository, tag, inner)))
    .filter((image) => image !== undefined)
    .filter((image) => {
      const reason = kept.reasonFor(image.digest) ?? options.spare?.(image);
      if (reason !== undefined) spared.push({ tag: image.tag, reason });
      return reason === undefined;
    });
  if (options.dryRun || doomed.length === 0) return { removed: doomed, spared, remaining };
  // Looking took a while: what was pushed meanwhile may be the same image.
  await kept.add([...(await tagsOf(repository, signal))].filter((tag) => !tags.has(tag)));
  const removed = doomed.filter(({ digest }) => kept.reasonFor(digest) === undefined);
  await remove(repository, removed, options);
  return { removed, spared, remaining };
}

/** Manifests that kept tags name, directly or through an index, each with the reason in words. */
class KeptDigests {
  readonly #reasons = new Map<Digest, string>();
  readonly #repository: Repository;
  readonly #signal: AbortSignal | undefined;

  constructor(repository: Repository, keep: ReadonlySet<Digest> | undefined, signal: AbortSignal | undefined) {
    this.#repository = repository;
    this.#signal = signal;
    for (const digest of keep ?? []) this.#reasons.set(digest, 'its digest is kept');
  }

  reasonFor(digest: Digest): string | undefined {
    return this.#reasons.get(digest);
  }

  async add(tags: readonly string[]): Promise<void> {
    await eachOf(tags, parallelLooks, this.#signal, async (tag, signal) => {
      const head = await this.#repository.headManifest(tag, signal);
      if (head === undefined) return;
      if (head.digest !== undefined) this.#keep(head.digest, `it is the same image as ${tag}`);
      if (head.digest === undefined || !isImage(head.mediaType)) await this.#addAll(tag, signal);
    });
  }

  /** An index, or a manifest of which the registry said less than it should. */
  async #addAll(tag: string, signal: AbortSignal): Promise<void> {
    const root = await this.#repository.manifest(tag, signal);
    if (root === undefined) return;
    for (const { digest } of await descend(this.#repository, root, signal, 'skip')) {
      this.#keep(digest, digest === root.digest ? `it is the same image as ${tag}` : `it is part of ${tag}`);
    }
  }

  #keep(digest: Digest, reason: string): void {
    if (!this.#reasons.has(digest)) this.#reasons.set(digest, reason);
  }
}

async function imageOf(repository: Repository, tag: string, signal: AbortSignal): Promise<RemovableImage | undefined> {
  const root = await repository.manifest(tag, signal);
  if (root === undefined) return undefined;
  const manifests = await descend(repository, root, signal, 'skip');
  const configDigests = manifests.flatMap(({ document }) => ('config' in document ? [document.config.digest] : []));
  return { tag, digest: root.digest, configDigests };
}

/** By tag where the registry takes that; the first refusal tells that it does not. */
async function remove(
  repository: Repository,
  images: readonly RemovableImage[],
  { onProgress, signal }: RemoveTagsOptions,
): Promise<void> {
  const [first, ...rest] = images;
  if (first === undefined) return;
  const byTag = await takesTag(repository, first.tag, signal);
  const names = byTag ? rest.map(({ tag }) => tag) : [...new Set(images.map(({ digest }) => digest))];
  const total = images.length;
  let done = byTag ? 1 : 0;
  onProgress?.({ done, total });
  await eachOf(names, parallelRemovals, signal, async (name, inner) => {
    await repository.deleteManifest(name, inner);
    done += 1;
    onProgress?.({ done, total });
  });
}

/** Removes one tag; false where the registry only deletes by digest, as distribution 2 does. */
async function takesTag(repository: Repository, tag: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await repository.deleteManifest(tag, signal);
    return true;
  } catch (error) {
    if (error instanceof RegistryError && [400, 405, 501].includes(error.status ?? 0)) return false;
    throw error;
  }
}

function isImage(mediaType: string | undefined): boolean {
  return mediaType === mediaTypes.manifest || mediaType === mediaTypes.dockerManifest;
}

async function tagsOf(repository: Repository, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  const tags = new Set<string>();
  for await (const tag of listTags(repository, signal)) tags.add(tag);
  return tags;
}

function eachOf<Item, Result>(
  items: readonly Item[],
  parallel: number,
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const permits = new Permits(parallel);
  return all(
    signal,
    items.map((item) => (inner: AbortSignal) => permits.run(() => work(item, inner))),
  );
}
