import { cpus, totalmem } from 'node:os';

/** One comparison from one run. `ratio` is ours / peer; where there is no peer, `goal` is about `ours` itself. */
export interface Row {
  readonly work: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly peerName: string;
  readonly ratio: number | null;
  /** In words, e.g. `≤ 2 ×`. */
  readonly goal: string;
  readonly met: boolean;
  /** Why a goal is missed, as far as it is known. */
  readonly note?: string;
}

/** A benchmark is one file in this folder that exports one of these as default. */
export interface Bench {
  readonly summary: string;
  /** Versions of what is measured, beside Node's. */
  versions(): Promise<Readonly<Record<string, string>>>;
  run(say: (line: string) => void): Promise<readonly Row[]>;
}

export function defineBench(bench: Bench): Bench {
  return bench;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  if (upper === undefined || lower === undefined) throw new Error('median of nothing');
  return (lower + upper) / 2;
}

/** Medians of two kinds of work done in turn, so that a slow moment of the machine hits both. */
export async function inTurn(
  count: number,
  ours: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<{ ours: number; peer: number }> {
  const values: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  for (let round = 0; round < count; round += 1) {
    values.ours.push(await ours());
    values.peer.push(await peer());
  }
  return { ours: median(values.ours), peer: median(values.peer) };
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A row whose goal is a ratio of at most `most`. */
export function ratioRow(
  work: string,
  unit: string,
  measured: { ours: number; peer: number },
  peerName: string,
  most: number,
): Row {
  const ratio = measured.ours / measured.peer;
  return { work, unit, ...measured, peerName, ratio, goal: `≤ ${most} ×`, met: ratio <= most };
}

export function machine(): Readonly<Record<string, string | number>> {
  const [cpu] = cpus();
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}
