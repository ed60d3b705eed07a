import { join } from 'node:path';

import { homeAt } from '../../config/home.ts';
import { formatReference, type PushResult, pushImage } from '../../oci/index.ts';
import { layerFile } from '../../pipeline/layerFiles.ts';
import { registryFailure } from '../../pipeline/registryFailure.ts';
import { defineCommand, integer, optional, text } from '../command.ts';
import { formatDuration, formatSize } from '../output/format.ts';
import { dim } from '../output/text.ts';
import { openRegistry } from '../registry/open.ts';
import { archivedImage, builtImage } from '../registry/pushSource.ts';

export default defineCommand({
  name: 'push',
  group: 'Prepare',
  summary: 'Push an image that was built here to the registry, sending only what it lacks',
  description: [
    'What the registry has is found out from the registry itself, so a fresh machine is as quick as this one. Without --to it goes where app.toml and blueprint.toml say. A tag that names another image there is never moved: exit 4.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    archive: text('file', 'push from this docker-archive or tar of an OCI layout, plain or gzipped'),
    image: text('name', 'of the image in the archive, where it holds several'),
    tag: text('tag', 'of the image; without it, the one of the source as it is'),
    to: text('reference', 'registry:port/repository, with a tag where it is another one'),
    compression: text('kind', 'gzip, which everything reads, or zstd', { choices: ['gzip', 'zstd'] }),
    level: integer('level', '1 where the registry is near, 4 where the line is slow', 1),
  },
  examples: [
    { line: 'railiance push probe', does: 'to the registry of blueprint.toml' },
    { line: 'railiance push probe --to registry.example:5000/team/probe', does: 'elsewhere' },
    {
      line: 'railiance push --archive result --to registry.example:5000/team/probe:1a2b3c4',
      does: 'what another tool built, straight from its archive',
    },
  ],
  async run({ args, options, ...around }) {
    const { output, env, signal } = around;
    const { cache } = homeAt(env);
    const { name, target, tag, open, close } = await (options.archive === undefined
      ? builtImage(args.app, options, around)
      : archivedImage(args.app, { ...options, archive: options.archive }, cache, around));
    const reference = { ...target, tag };
    const registry = await openRegistry(target.registry, 'push', around);
    const title = formatReference(reference);
    const view = output.run(`push ${name}`);
    view.start('push', `Push to ${target.registry}`);
    const started = performance.now();
    try {
      const result = await registryFailure(
        `push ${title}`,
        async () => {
          return pushImage(registry.repository(target.repository, 'push'), open, {
            tag,
            fixedTag: true,
            memory: layerFile(join(cache, 'pushed'), `${target.registry}/${target.repository}`),
            compression: { kind: options.compression === 'zstd' ? 'zstd' : 'gzip', level: options.level },
            signal,
            onProgress: ({ doneBytes, totalBytes, sentBytes }) => {
              const text = `${formatSize(sentBytes)} sent`;
              view.progress('push', { kind: 'bytes', text, done: doneBytes, total: totalBytes });
            },
          });
        },
        title,
      );
      view.finish('push', 'done', outcome(result));
      view.close();
      output.result({ schema: 'railiance.push.v1', image: title, ...result } as const, () =>
        output.pairs([
          ['image', title],
          ['config', result.configDigest],
          ['manifest', result.manifestDigest],
          ['sent', [formatSize(result.sentBytes), dim(` (in ${formatDuration(performance.now() - started)})`)]],
        ]),
      );
    } catch (error) {
      view.finish('push', 'failed', 'it did not succeed');
      view.close();
      throw error;
    } finally {
      registry.close();
      await close();
    }
  },
});

function outcome({ unchanged, layers, sentBytes }: PushResult): string {
  if (unchanged) return 'it is there already';
  const reused = layers.filter((layer) => layer.reused).length;
  return `${reused} of ${layers.length} layers were there, ${formatSize(sentBytes)} sent`;
}
