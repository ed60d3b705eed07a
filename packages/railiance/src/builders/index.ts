import { archiveBuilder } from './archive.ts';
import type { Builder } from './builder.ts';
import { type NodeBuilderParts, nodeBuilder } from './node.ts';

/** Every builder there is. */
export function createBuilders(parts: NodeBuilderParts): readonly Builder[] {
  return [nodeBuilder(parts), archiveBuilder()];
}

export { chooseBuilder, detectBuilder } from './detect.ts';
export { fullCommit, readRevision } from './revision.ts';
