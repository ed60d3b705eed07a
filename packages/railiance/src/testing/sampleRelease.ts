import { createHash } from 'node:crypto';

import { configurationHash } from '../config/canonical.ts';
import type { AppSpec } from '../domain/app.ts';
import type { Artifact, Digest } from '../domain/artifact.ts';
import { type Release, releaseSchema } from '../domain/release.ts';

export function sampleDigest(text: string): Digest {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

export function sampleArtifact(tag: string): Artifact {
  return {
    app: 'probe',
    revision: { tag, dirty: tag.includes('-dirty-') },
    configDigest: sampleDigest(`config ${tag}`),
    manifestDigest: sampleDigest(`manifest ${tag}`),
    sizeBytes: 1_000,
    platform: 'linux/amd64',
    builder: 'node',
  };
}

export const sampleApp: AppSpec = {
  slug: 'probe',
  name: 'Probe',
  kind: 'native',
  criticality: 'medium',
  directory: '/src/probe',
  file: '/src/probe/app.toml',
  build: { options: {}, env: {} },
  run: {
    port: 8000,
    env: {},
    startTimeoutMs: 1_000,
    stopTimeoutMs: 1_000,
    replicas: 1,
    resources: {},
    volumes: [],
  },
  deploy: { values: [] },
  secrets: { required: [], generate: [] },
  smoke: [{ name: 'page', path: '/', method: 'GET', headers: {}, expect: { header: {}, withinMs: 1_000 }, passes: 1 }],
  retention: { keep: 5 },
};

/** A release of probe on canary as a store would be given it. */
export function sampleRelease(tag: string, more: Partial<Release> = {}): Omit<Release, 'number'> {
  const spec = more.spec ?? sampleApp;
  return {
    schema: releaseSchema,
    app: 'probe',
    stage: 'canary',
    kind: 'deploy',
    artifact: sampleArtifact(tag),
    configurationHash: configurationHash(spec),
    spec,
    secrets: { version: 'a'.repeat(64), names: [] },
    runId: `run-of-${tag}`,
    actor: 'ada@here',
    startedAt: '2026-01-01T00:00:00.000Z',
    verifiedAt: '2026-01-01T00:00:05.000Z',
    checks: [],
    ...more,
  };
}
