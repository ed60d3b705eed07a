import { exitCodes, Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';

/** @throws Failure (lease held) where a later holder of the lease has written already */
export function assertNotStale(target: Target, fencing: number, seen: number | undefined): void {
  if (seen === undefined || fencing >= seen) return;
  throw new Failure(
    `record a release of ${targetLabel(target)}`,
    `the lease was lost: its number is ${fencing}, and ${seen} has written since`,
    { hint: '`railiance status` shows what serves now', exitCode: exitCodes.leaseHeld },
  );
}

/** @throws always: Failure (invalid input) */
export function noSuchRelease(target: Target, number: number): never {
  throw new Failure(`read release ${number} of ${targetLabel(target)}`, 'there is no such release', {
    hint: '`railiance history` lists the releases',
    exitCode: exitCodes.invalidInput,
  });
}
