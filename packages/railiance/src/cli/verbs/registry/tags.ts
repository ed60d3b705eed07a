import { listTags } from '../../../oci/index.ts';
import { registryFailure } from '../../../pipeline/registryFailure.ts';
import { referenceOf } from '../../../pipeline/registryReference.ts';
import { defineCommand, required } from '../../command.ts';
import { openRegistry } from '../../registry/open.ts';

export default defineCommand({
  name: 'registry tags',
  group: 'Registries',
  summary: 'List the tags of a repository',
  arguments: { repository: required('registry:port/repository') },
  options: {},
  examples: [{ line: 'railiance registry tags registry.example:5000/team/app', does: 'one tag a line' }],
  async run({ args, ...around }) {
    const { output, signal } = around;
    const reference = referenceOf(args.repository);
    const registry = await openRegistry(reference.registry, 'pull', around);
    try {
      await registryFailure(`list the tags of ${args.repository}`, async () => {
        for await (const tag of listTags(registry.repository(reference.repository, 'pull'), signal)) {
          if (output.closed.aborted) return;
          output.record({ schema: 'railiance.registry.tag.v1', repository: args.repository, tag } as const, tag);
        }
      });
    } finally {
      registry.close();
    }
  },
});
