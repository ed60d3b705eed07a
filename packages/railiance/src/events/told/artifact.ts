import type { Artifact } from '../../domain/artifact.ts';
import type { PublishedImage } from '../../domain/registry.ts';
import { cdEvent } from '../cdEvent.ts';
import type { Told } from '../cloudEvent.ts';
import type { RunSoFar } from '../runEvents.ts';

/** https://github.com/package-url/purl-spec: an image is named by its manifest; our identity of it is the config digest. */
export function purlOf({ app, manifestDigest, revision }: Artifact, registry?: PublishedImage): string {
  const digest = encodeURIComponent(registry?.manifestDigest ?? manifestDigest);
  const repository = registry && encodeURIComponent(registry.reference.replace(/(:[^:/@]+)?@.*$/, ''));
  const where = repository === undefined ? '' : `repository_url=${repository}&`;
  return `pkg:oci/${app}@${digest}?${where}tag=${encodeURIComponent(revision.tag)}`;
}

/** What identifies the artifact of a run, for `customData`. Empty where it is not known yet. */
export function artifactFacts({ artifact }: Pick<RunSoFar, 'artifact'>): Readonly<Record<string, unknown>> {
  if (!artifact) return {};
  const { configDigest, revision } = artifact;
  const { tag, commit, committedAt } = revision;
  return { digest: configDigest, tag, commit, committed_at: committedAt };
}

export function packaged(artifact: Artifact): Told {
  const { app, revision, builder, sizeBytes, platform } = artifact;
  return cdEvent('artifact.packaged', {
    subjectId: purlOf(artifact),
    summary: `${app}:${revision.tag} built by ${builder}`,
    content: { change: { id: revision.commit ?? revision.tag } },
    customData: { app, ...artifactFacts({ artifact }), builder, platform, size_bytes: sizeBytes },
  });
}

export function published(artifact: Artifact, image: PublishedImage): Told {
  const { app, revision } = artifact;
  return cdEvent('artifact.published', {
    subjectId: purlOf(artifact, image),
    summary: `${app}:${revision.tag} is at ${image.reference}`,
    content: {},
    customData: { app, ...artifactFacts({ artifact }), reference: image.reference },
  });
}
