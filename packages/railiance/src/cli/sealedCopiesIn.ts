import { createSealedCopies, type SealedCopies } from '../secrets/sealedCopies.ts';
import type { Records } from './records.ts';
import { routedSealedCopies } from './routed.ts';

/** The ciphertexts kept with every stage: on this machine, or in its cluster. */
export function sealedCopiesIn({ home, clusters }: Pick<Records, 'home' | 'clusters'>): SealedCopies {
  const files = createSealedCopies(home);
  return routedSealedCopies(async (target) => (await clusters.at(target))?.sealedCopies ?? files);
}
