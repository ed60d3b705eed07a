import { archiveBuilder } from './archive.ts';
import type { Builder } from './builder.ts';
import { dockerfileBuilder } from './dockerfile.ts';
import { nixBuilder } from './nix.ts';
import { type NodeBuilderParts, nodeBuilder } from './node.ts';
import type { WorkshopOwner } from './workshop/withWorkshop.ts';

/** Every builder there is. */
export function createBuilders(parts: NodeBuilderParts & WorkshopOwner): readonly Builder[] {
  return [nodeBuilder(parts), nixBuilder(parts), dockerfileBuilder(parts), archiveBuilder()];
}

export { readCommitTimes } from './commitTimes.ts';
export { chooseBuilder } from './detect.ts';
export { readRevision } from './revision.ts';
