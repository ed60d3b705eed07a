/** What two threads share: for each folder, by its number, who looks at it. */
export type Claims = Int32Array<SharedArrayBuffer>;

export const claim = { free: 0, taken: 1, done: 2 } as const;

export function takeFolder(claims: Claims, number: number): boolean {
  return Atomics.compareExchange(claims, number, claim.free, claim.taken) === claim.free;
}
