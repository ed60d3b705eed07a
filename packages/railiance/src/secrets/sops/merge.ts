import { applyChanges, type Change } from './change.ts';
import { type OpenedFile, openWithSameKey } from './open.ts';
import { addRecipient, withNewDataKey } from './recipients.ts';
import { type Scalar, sameScalar } from './scalar.ts';
import { type Address, addressLabel } from './tree.ts';

export interface MergeResult {
  /** Our file with all that only they changed, and with our side of every conflict. */
  readonly ours: string;
  /** The same file with their side of every conflict; equal to `ours` where there is none. Both are whole and genuine. */
  readonly theirs: string;
  /** Addresses that both sides changed, each in its own way. */
  readonly conflicts: readonly Address[];
}

/**
 * A three-way merge by key, made on the opened values. Order, layout and comments are ours. `base` is undefined where both
 * sides added the file. Where a side has made the data key anew, or taken a recipient out, the result has a new data key.
 * @throws SopsError (bad-address) where the two shapes cannot be brought together
 */
export async function mergeSops(
  base: OpenedFile | undefined,
  ours: OpenedFile,
  theirs: OpenedFile,
  now = new Date(),
): Promise<MergeResult> {
  const before = base === undefined ? new Map<string, Value>() : plainEntries(base);
  const mine = plainEntries(ours);
  const other = plainEntries(theirs);
  const taken: Change[] = [];
  const conflicts: Change[] = [];
  for (const label of new Set([...mine.keys(), ...other.keys(), ...before.keys()])) {
    const [was, our, their] = [before.get(label), mine.get(label), other.get(label)];
    if (same(our, their) || same(their, was)) continue;
    const address = (their ?? our ?? was)?.address ?? [];
    const change = their === undefined ? { address } : { address, scalar: their.scalar };
    (same(our, was) ? taken : conflicts).push(change);
  }
  const changed = await openWithSameKey(ours, await applyChanges(ours, taken, now));
  const merged = await withRecipients(base, changed, theirs, now);
  return {
    ours: merged.parsed.text,
    theirs: await applyChanges(merged, conflicts, now),
    conflicts: conflicts.map(({ address }) => address),
  };
}

interface Value {
  readonly address: Address;
  readonly scalar: Scalar;
}

/** Values of the first document by their label. */
export function plainEntries({ leaves }: OpenedFile): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const { node, scalar, address, document } of leaves) {
    if (node.kind === 'comment' || scalar.type === 'comment' || document > 0) continue;
    values.set(addressLabel(address), { address, scalar });
  }
  return values;
}

function same(a: Value | undefined, b: Value | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameScalar(a.scalar, b.scalar);
}

/** Recipients that either side added, less those that either side took out. */
async function withRecipients(
  base: OpenedFile | undefined,
  ours: OpenedFile,
  theirs: OpenedFile,
  now: Date,
): Promise<OpenedFile> {
  const [was, our, their] = [base, ours, theirs].map((file) => file?.metadata.age.map((key) => key.recipient) ?? []);
  const removed = (was ?? []).filter((recipient) => !their?.includes(recipient) || !our?.includes(recipient));
  const wanted = [...new Set([...(our ?? []), ...(their ?? [])])].filter((recipient) => !removed.includes(recipient));
  if (removed.length > 0 || !ours.dataKey.equals(theirs.dataKey)) return withNewDataKey(ours, wanted, now);
  let current = ours;
  for (const recipient of wanted) {
    current = await openWithSameKey(current, await addRecipient(current, recipient));
  }
  return current;
}
