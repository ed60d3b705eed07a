import { stat } from 'node:fs/promises';

import type { Artifact, Digest } from '../domain/artifact.ts';
import { Failure, problemOf } from '../domain/failure.ts';
import { type Layout, OciError, openLayout } from '../oci/index.ts';
import { imageArtifact } from './imageArtifact.ts';
import type { ImageStore } from './imageStore.ts';

/** The images of a local OCI layout, where an app's images are named `<app>:<tag>`. */
export function createLayoutImageStore(layoutDir: string): ImageStore {
  const layout = () => openLayout(layoutDir);
  // A deploy verifies what it found built, and again before it goes on: what did not change since is read once.
  const read = new Map<Digest, string>();
  const tagsOf = async (app: string) => {
    const names = (await (await layout()).list()).map(({ name }) => name);
    return names.filter((name) => name.startsWith(`${app}:`)).map((name) => name.slice(app.length + 1));
  };

  return {
    layoutDir,

    async find(app, tag) {
      try {
        return await artifactOf(await layout(), app, tag);
      } catch (error) {
        if (error instanceof OciError && error.code === 'missing') return undefined;
        throw new Failure(`look for image ${app}:${tag}`, problemOf(error), { cause: error });
      }
    },

    tags: async (app) => (await tagsOf(app)).sort(),

    async verify(artifact, signal) {
      const action = `verify image ${artifact.app}:${artifact.revision.tag}`;
      try {
        const images = await layout();
        const { config, layers } = await images.manifest(artifact.manifestDigest);
        if (config.digest !== artifact.configDigest) {
          throw new Error(`its config digest is ${config.digest}, not ${artifact.configDigest}`);
        }
        for (const { digest } of [config, ...layers]) {
          const state = await stateOf(images.blobPath(digest));
          if (state !== undefined && read.get(digest) === state) continue;
          for await (const _ of images.streamBlob(digest)) signal.throwIfAborted();
          if (state !== undefined) read.set(digest, state);
        }
      } catch (error) {
        throw new Failure(action, problemOf(error), {
          hint: 'build it again with `railiance build`',
          cause: error,
        });
      }
    },

    async versions(app) {
      const images = await layout();
      const versions = (await tagsOf(app)).map(async (tag) => {
        const { digest } = await images.resolve(`${app}:${tag}`);
        return { tag, age: (await stat(images.blobPath(digest))).mtimeMs };
      });
      return Promise.all(versions);
    },

    async prune(app, tags, keep) {
      const images = await layout();
      const removed: string[] = [];
      for (const tag of await tagsOf(app)) {
        if (!tags.has(tag)) continue;
        const { digest } = await images.resolve(`${app}:${tag}`);
        if (!keep.has(digest) && (await images.remove(`${app}:${tag}`))) removed.push(tag);
      }
      const { freedBytes } = await images.collect(keep);
      return { removed, freedBytes };
    },
  };
}

async function artifactOf(images: Layout, app: string, tag: string): Promise<Artifact> {
  const { digest: manifestDigest, annotations } = await images.resolve(`${app}:${tag}`);
  const manifest = await images.manifest(manifestDigest);
  const config = await images.config(manifest.config.digest);
  return imageArtifact({ app, tag, manifestDigest, manifest, config, ...(annotations && { annotations }) });
}

/** Differs after every change to a file: only the system sets its change time. Undefined where there is none. */
async function stateOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found && `${found.ino} ${found.size} ${found.ctimeNs}`;
}
