import type { Output } from './output.ts';
import type { Unreachable } from './routed.ts';

/** For verbs that go on with what they can see: one cluster that is down must not hide, or hold up, the rest. */
export function warnOfUnreachable(output: Pick<Output, 'warn'>): Unreachable {
  return (what, problem) => output.warn(`${what} cannot be asked: ${problem}`);
}
