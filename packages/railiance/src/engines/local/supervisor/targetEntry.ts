import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { TargetStatus } from '../../engine.ts';
import type { Instance } from '../instances/instance.ts';

/** Operation of a client that goes on: it ends when a run with a higher fencing number takes over. */
interface Operation {
  readonly fencing: number;
  readonly stop: AbortController;
}

/** What the agent knows of one app on one stage. */
export class TargetEntry {
  readonly target: Target;
  readonly instances = new Map<string, Instance>();
  active: Instance | undefined;
  #fencing: number;
  readonly #operations = new Set<Operation>();
  readonly #onActivated = new Set<(instance: Instance) => void>();
  /** Last of the changes that must not overlap. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(target: Target, fencing: number) {
    this.target = target;
    this.#fencing = fencing;
  }

  get fencing(): number {
    return this.#fencing;
  }

  /**
   * Lets a caller in, and stops those with a lower number.
   * @throws Failure (exit code 3) where a higher one was here before
   */
  admit(fencing: number): void {
    this.assertCurrent(fencing);
    this.#fencing = fencing;
    for (const operation of this.#operations) {
      if (operation.fencing < fencing) operation.stop.abort(takenOver(this.target, operation.fencing, fencing));
    }
  }

  assertCurrent(fencing: number): void {
    if (fencing < this.#fencing) throw takenOver(this.target, fencing, this.#fencing);
  }

  /** Runs `act` with a signal that is aborted when the caller goes away or another run takes over. */
  async during<T>(fencing: number, caller: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const operation = { fencing, stop: new AbortController() };
    this.#operations.add(operation);
    try {
      return await act(AbortSignal.any([caller, operation.stop.signal]));
    } finally {
      this.#operations.delete(operation);
    }
  }

  /** One change after the other. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act, act);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Leads the public route to this instance, or to none; `needs` is what it waits for before it starts. */
  lead(instance: Instance | undefined, needs?: Promise<void>): void {
    if (this.active !== instance) this.active?.letGo();
    this.active = instance;
    instance?.serve(needs);
    if (instance) for (const listener of this.#onActivated) listener(instance);
  }

  onActivated(listener: (instance: Instance) => void): () => void {
    this.#onActivated.add(listener);
    return () => this.#onActivated.delete(listener);
  }

  status(url: string): TargetStatus {
    const others = [...this.instances.values()].filter((instance) => instance !== this.active);
    return {
      ...(this.active ? { active: this.active.status } : {}),
      others: others.map((instance) => instance.status),
      url,
    };
  }
}

function takenOver(target: Target, fencing: number, newer: number): Failure {
  return new Failure(
    `change ${targetLabel(target)}`,
    `another run has taken over (its lease has number ${newer}, this one ${fencing})`,
    { hint: `railiance status ${target.app}`, exitCode: exitCodes.leaseHeld },
  );
}
