import { archiveBuilder } from './archive.ts';
import type { Builder } from './builder.ts';
import { type NodeBuilderParts, nodeBuilder } from './node.ts';

/** Every builder there is. */
export function createBuilders(parts: NodeBuilderParts): readonly Builder[] {
  return [nodeBuilder(parts), archiveBuilder()];
}

export { chooseBuilder } from './detect.ts';
export { readRevision } from './revision.ts';
