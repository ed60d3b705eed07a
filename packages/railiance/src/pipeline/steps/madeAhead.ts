/** What a step found out ahead of its turn, handed over once: to the same run. */
export interface MadeAhead<T> {
  keep(runId: string, work: Promise<T>): void;
  /** Waits for it. Undefined where there was none, or where it failed: then it is done in the step's own turn. */
  take(runId: string): Promise<T | undefined>;
}

export function createMadeAhead<T>(): MadeAhead<T> {
  const kept = new Map<string, Promise<T>>();
  return {
    keep: (runId, work) => void kept.set(runId, work),
    async take(runId) {
      const work = kept.get(runId);
      kept.delete(runId);
      return await work?.catch(() => undefined);
    },
  };
}
