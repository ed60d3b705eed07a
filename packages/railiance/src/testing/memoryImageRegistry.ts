import type { Artifact, Digest } from '../domain/artifact.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { ImageRepository, PublishedImage } from '../domain/registry.ts';
import type { ImageRegistry, PublishRequest } from '../pipeline/imageRegistry.ts';
import { sampleDigest } from './sampleRelease.ts';

/** The layout of the machine that the registries are reached from. */
export interface MachineImages {
  has(artifact: Artifact): boolean;
  put(artifact: Artifact): void;
}

interface Held {
  readonly artifact: Artifact;
  readonly manifestDigest: Digest;
}

/** Registries in memory, which lose nothing and always answer. */
export function createMemoryImageRegistry(machine: MachineImages): ImageRegistry {
  /** By `address:tag` and `address@digest`. */
  const images = new Map<string, Held>();
  const tagsIn = ({ push }: ImageRepository) =>
    [...images.keys()].filter((key) => key.startsWith(`${push}:`)).map((key) => key.slice(push.length + 1));
  const keyOf = ({ push }: ImageRepository, tag: string, published?: PublishedImage) =>
    published ? `${push}@${published.manifestDigest}` : `${push}:${tag}`;
  const holds = (published: PublishedImage) =>
    [...images.values()].some(({ manifestDigest }) => manifestDigest === published.manifestDigest);

  function put({ artifact, published, progress }: PublishRequest) {
    const elsewhere = published && holds(published);
    if (!elsewhere && !machine.has(artifact)) {
      throw new Failure('push', 'the image is neither on this machine nor at the registry');
    }
    progress({ kind: 'bytes', text: 'sent', done: artifact.sizeBytes, total: artifact.sizeBytes });
    const manifestDigest = elsewhere ? published.manifestDigest : sampleDigest(`pushed ${artifact.configDigest}`);
    return { artifact: { ...artifact, manifestDigest }, manifestDigest };
  }

  return {
    async find({ repository, tag, published }) {
      const found = images.get(keyOf(repository, tag, published));
      if (!found) return undefined;
      const { artifact, manifestDigest } = found;
      return { artifact, published: { reference: `${repository.pull}:${tag}@${manifestDigest}`, manifestDigest } };
    },
    missing: async () => [],
    async fetch({ repository, tag, published }) {
      const found = images.get(keyOf(repository, tag, published));
      if (found) machine.put(found.artifact);
    },
    async publish(request) {
      const { artifact, repository } = request;
      const { tag } = artifact.revision;
      const there = images.get(keyOf(repository, tag));
      if (there && there.artifact.configDigest !== artifact.configDigest) {
        throw new Failure('push', 'the registry has another image of that name, and a tag is never moved', {
          hint: `railiance registry inspect ${repository.push}:${tag}`,
          exitCode: exitCodes.refused,
        });
      }
      const made = there ?? put(request);
      const { manifestDigest } = made;
      const published = { reference: `${repository.pull}:${tag}@${manifestDigest}`, manifestDigest };
      images.set(keyOf(repository, tag), made).set(keyOf(repository, tag, published), made);
      return { ...published, unchanged: there !== undefined, sentBytes: there ? 0 : artifact.sizeBytes };
    },
    tags: async (repository) => tagsIn(repository),
    async remove({ repository, unneeded, keep, spare, limit, dryRun }) {
      const goes = new Set(unneeded);
      const digestOf = (tag: string) => images.get(keyOf(repository, tag))?.manifestDigest;
      const others = tagsIn(repository).filter((tag) => !goes.has(tag));
      const stays = new Set([...others.map(digestOf), ...keep]);
      const spared: { tag: string; reason: string }[] = [];
      const removed: { tag: string; digest: Digest }[] = [];
      const there = unneeded.filter((tag) => tagsIn(repository).includes(tag));
      for (const tag of there.slice(0, limit)) {
        const { artifact, manifestDigest: digest } = images.get(keyOf(repository, tag)) as Held;
        const reason = stays.has(digest) ? 'another image that is kept is the same' : spare([artifact.configDigest]);
        if (reason === undefined) removed.push({ tag, digest });
        else spared.push({ tag, reason });
      }
      if (!dryRun) for (const { tag } of removed) images.delete(keyOf(repository, tag));
      return { removed, spared, remaining: Math.max(0, there.length - limit) };
    },
  };
}
