import type { Chain } from '../chain/chain.ts';
import type { EventRow } from '../live/eventRow.ts';

/** How one kind of event becomes links of the chain. One file each; `index.ts` has them in order. */
export interface Mapping {
  readonly name: string;
  matches(type: string): boolean;
  /** Runs once for each event, in the order they were stored; what it throws is kept beside the event. */
  apply(event: EventRow, chain: Chain): Promise<void>;
}

export function defineMapping(mapping: Mapping): Mapping {
  return mapping;
}
