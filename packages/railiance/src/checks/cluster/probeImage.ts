import { randomBytes } from 'node:crypto';

import type { ImageRepository } from '../../domain/registry.ts';
import { readChunks } from '../../oci/compress/byteReader.ts';
import {
  type Access,
  digestOf,
  type ImageSource,
  mediaTypes,
  packTar,
  parseReference,
  pushImage,
  type Registry,
  thisPlatform,
} from '../../oci/index.ts';
import { defineCheck } from '../check.ts';
import { look, type Seen } from '../look.ts';
import { type PullInput, pullCheck } from './pull.ts';

export interface ProbeImageInput extends Omit<PullInput, 'reference'> {
  /** Where the app's own images go. */
  readonly repository: ImageRepository;
  readonly open: (host: string) => Registry;
}

/**
 * Can an image be pushed, and do the nodes pull it? Proven by one of a few bytes that nobody has seen before, and that is
 * deleted again where the registry can do that.
 */
export const probeImageCheck = defineCheck<ProbeImageInput>({
  name: 'probe image',
  run: ({ repository, open, ...pull }, context) =>
    look('probe image', async () => {
      const { registry: host = '', repository: name } = parseReference(repository.push);
      const tag = `railiance-probe-${randomBytes(4).toString('hex')}`;
      const registry = open(host);
      const at = (access: Access) => registry.repository(name, access);
      try {
        const started = performance.now();
        const { manifestDigest } = await pushImage(at('push'), probe(tag), { tag, signal: context.signal });
        const pushMs = Math.round(performance.now() - started);
        try {
          const reference = `${repository.pull}:${tag}@${manifestDigest}`;
          const { durationMs: pullMs, ...seen } = await pullCheck.run({ ...pull, reference }, context);
          return inWords(seen, { reference, pushMs, pullMs });
        } finally {
          // It may also refuse that: its images are removed by `registry prune` then.
          await at('delete')
            .deleteManifest(manifestDigest)
            .catch(() => false);
        }
      } finally {
        registry.close();
      }
    }),
});

function inWords(
  seen: Seen,
  facts: { readonly reference: string; readonly pushMs: number; readonly pullMs: number },
): Seen {
  const evidence = { ...seen.evidence, ...facts };
  if (seen.verdict !== 'pass')
    return { ...seen, summary: `pushed in ${facts.pushMs} ms, but ${seen.summary}`, evidence };
  return {
    verdict: 'pass',
    summary: `pushed in ${facts.pushMs} ms, pulled in ${facts.pullMs} ms, deleted again`,
    evidence,
  };
}

/** An image of one file that holds its own name. */
function probe(name: string): ImageSource {
  const file = { path: 'railiance-probe', type: 'content', mode: 0o644, content: Buffer.from(name) } as const;
  const layer = Buffer.concat([...packTar([file])]);
  const { os, architecture } = thisPlatform();
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const configBytes = Buffer.from(JSON.stringify({ architecture, os, config: {}, rootfs }));
  return {
    config: { mediaType: mediaTypes.config, digest: digestOf(configBytes), size: configBytes.length },
    configBytes,
    layers: [{ diffId: digestOf(layer), sizeBytes: layer.length, open: async () => readChunks([layer]) }],
  };
}
