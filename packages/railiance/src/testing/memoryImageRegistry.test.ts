import type { Artifact } from '../domain/artifact.ts';
import { imageRegistryContract } from '../pipeline/imageRegistryContract.ts';
import { createMemoryImageRegistry } from './memoryImageRegistry.ts';
import { sampleArtifact, sampleDigest } from './sampleRelease.ts';

const here = new Map<string, Artifact>();
let repositories = 0;

imageRegistryContract('in memory', {
  registry: createMemoryImageRegistry({
    has: ({ configDigest }) => here.has(configDigest),
    put: (artifact) => here.set(artifact.configDigest, artifact),
  }),
  layoutDir: '/images',
  repository() {
    repositories += 1;
    return { push: `registry:1/app-${repositories}`, pull: `10.0.0.5:1/app-${repositories}` };
  },
  async build(tag, content = tag) {
    const artifact = { ...sampleArtifact(tag), configDigest: sampleDigest(content) };
    here.set(artifact.configDigest, artifact);
    return artifact;
  },
  async forget({ configDigest }) {
    here.delete(configDigest);
  },
  isHere: async ({ configDigest }) => here.has(configDigest),
});
