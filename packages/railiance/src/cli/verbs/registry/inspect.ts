import { fetchImage, parseConfig, thisPlatform } from '../../../oci/index.ts';
import { registryFailure } from '../../../pipeline/registryFailure.ts';
import { referenceOf } from '../../../pipeline/registryReference.ts';
import { defineCommand, required } from '../../command.ts';
import { formatSize } from '../../output/format.ts';
import { dim } from '../../output/text.ts';
import { openRegistry } from '../../registry/open.ts';

export default defineCommand({
  name: 'registry inspect',
  group: 'Registries',
  summary: 'Show what an image in a registry is: digests, layers, labels',
  arguments: { image: required('registry:port/repository:tag, or @digest') },
  options: {},
  examples: [{ line: 'railiance registry inspect registry.example:5000/team/app:1a2b3c4', does: 'without pulling it' }],
  async run({ args, ...around }) {
    const { output, signal } = around;
    const { registry: host, repository: name, tag = 'latest', digest } = referenceOf(args.image);
    const registry = await openRegistry(host, 'pull', around);
    try {
      const { manifest, config } = await registryFailure(`inspect ${args.image}`, async () => {
        const repository = registry.repository(name, 'pull');
        const manifest = await fetchImage(repository, digest ?? tag, thisPlatform(), signal);
        const bytes = await repository.readBlob(manifest.document.config.digest, undefined, signal);
        return { manifest, config: parseConfig(bytes, `config of ${args.image}`) };
      });
      const { layers } = manifest.document;
      const labels = config.config?.Labels ?? {};
      const shown = {
        schema: 'railiance.registry.image.v1',
        image: args.image,
        manifestDigest: manifest.digest,
        mediaType: manifest.mediaType,
        configDigest: manifest.document.config.digest,
        platform: `${config.os}/${config.architecture}`,
        sizeBytes: layers.reduce((sum, { size }) => sum + size, 0),
        layers,
        labels,
      } as const;
      output.result(shown, () => {
        output.pairs([
          ['config', shown.configDigest],
          ['manifest', shown.manifestDigest],
          ['platform', shown.platform],
          ['size', `${formatSize(shown.sizeBytes)} in ${layers.length} layers`],
          ...Object.entries(labels).map(([key, value]) => [key, value] as const),
        ]);
        output.line();
        output.table(
          [
            { title: 'LAYER', value: (layer) => layer.digest },
            { title: 'SIZE', value: (layer) => formatSize(layer.size), align: 'right' },
            { title: 'TYPE', value: (layer) => dim(layer.mediaType), flexible: true },
          ],
          layers,
          'no layers',
        );
      });
    } finally {
      registry.close();
    }
  },
});
