import type { AppSpec } from '../../domain/app.ts';
import { problemOf } from '../../domain/failure.ts';
import type { ImageRepository } from '../../domain/registry.ts';
import type { Stage } from '../../domain/stage.ts';
import { type PrunePorts, pruneRegistry } from '../retention/pruneRegistry.ts';
import { defineStep } from '../step.ts';

export interface PruneRegistryInput {
  readonly app: Pick<AppSpec, 'slug' | 'directory'>;
  readonly repository: ImageRepository;
  readonly stages: readonly Stage[];
  readonly keep: number;
}

export interface PruneRegistryOutput {
  readonly removed: readonly string[];
}

/** Few at a time: each deploy adds one, and nobody should wait for more. `registry prune` does the rest. */
const limit = 20;

/** Cleans the registry up after a release. It is on record already, so that a failure here is a warning. */
export function createPruneRegistryStep(ports: PrunePorts) {
  return defineStep<PruneRegistryInput, PruneRegistryOutput>({
    name: 'prune-registry',
    interruptible: true,
    async run(input, { progress, signal }) {
      try {
        const { removed, remaining } = await pruneRegistry({ ...input, limit, dryRun: false, progress, signal }, ports);
        const more = remaining > 0 ? `, ${remaining} more for \`railiance registry prune\`` : '';
        const observed = removed.length > 0 ? `${removed.length} images${more}` : 'nothing to remove';
        const output = { removed: removed.map(({ tag }) => tag) };
        return { status: 'succeeded', output, observed, changed: removed.length > 0 };
      } catch (error) {
        const warnings = [`the registry was not cleaned up: ${problemOf(error)}`];
        return { status: 'succeeded', output: { removed: [] }, observed: 'not cleaned up', changed: false, warnings };
      }
    },
  });
}
