import { copyImage, formatReference } from '../../../oci/index.ts';
import { registryFailure } from '../../../pipeline/registryFailure.ts';
import { referenceOf } from '../../../pipeline/registryReference.ts';
import { defineCommand, required } from '../../command.ts';
import { formatSize } from '../../output/format.ts';
import { openRegistry } from '../../registry/open.ts';

export default defineCommand({
  name: 'registry copy',
  group: 'Registries',
  summary: 'Copy an image or an index from one registry to another, byte for byte',
  description: [
    'Nothing is compressed again, so every digest stays. Within one registry blobs are mounted, not sent. A tag that names another image there is never moved: exit 4.',
  ],
  arguments: {
    from: required('registry:port/repository:tag, or @digest'),
    to: required('registry:port/repository:tag'),
  },
  options: {},
  examples: [
    { line: 'railiance registry copy a.example/app:1a2b3c4 b.example:5000/app:1a2b3c4', does: 'the same digest there' },
  ],
  async run({ args, ...around }) {
    const { output, signal } = around;
    const [from, to] = [referenceOf(args.from), referenceOf(args.to)];
    const tag = to.tag ?? from.tag ?? 'latest';
    const source = await openRegistry(from.registry, 'pull', around);
    const target = await openRegistry(to.registry, 'push', around);
    const view = output.run(`copy ${args.from}`);
    view.start('copy', `Copy to ${args.to}`);
    let sent = 0;
    try {
      const mountFrom = from.registry === to.registry ? [from.repository] : [];
      const result = await registryFailure(
        `copy ${args.from} to ${args.to}`,
        async () =>
          copyImage(source.repository(from.repository, 'pull'), target.repository(to.repository, 'push', mountFrom), {
            reference: from.digest ?? from.tag ?? 'latest',
            tag,
            fixedTag: true,
            signal,
            onSent: (bytes) => {
              sent += bytes;
              view.progress('copy', { kind: 'bytes', text: 'sent', done: sent });
            },
          }),
        formatReference({ registry: to.registry, repository: to.repository, tag }),
      );
      view.finish('copy', 'done', `${formatSize(result.sentBytes)} sent`);
      view.close();
      output.result({ schema: 'railiance.registry.copy.v1', from: args.from, to: args.to, ...result } as const, () =>
        output.pairs([['manifest', result.manifestDigest]]),
      );
    } catch (error) {
      view.finish('copy', 'failed', 'it did not succeed');
      view.close();
      throw error;
    } finally {
      source.close();
      target.close();
    }
  },
});
