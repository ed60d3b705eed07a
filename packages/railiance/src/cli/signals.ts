const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

export type StopSignal = keyof typeof numbers;

/** What the abort signal carries when a person or the system asked to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: StopSignal;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }

  /** 128 and the signal's number, as shells have it. */
  get exitCode(): number {
    return 128 + numbers[this.signal];
  }
}

export interface SignalWatch {
  /** Aborted by the first signal, with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
  /** The first signal, once it has come. */
  readonly interrupted: Interrupted | undefined;
  stop(): void;
}

/**
 * Listens for SIGINT, SIGTERM and SIGHUP. The first one asks to finish or undo safely; `force` is called for the second
 * one and is to end the process at once.
 */
export function watchSignals(
  emitter: Pick<NodeJS.Process, 'on' | 'off'>,
  onFirst: (interrupted: Interrupted) => void,
  force: (interrupted: Interrupted) => void,
): SignalWatch {
  const controller = new AbortController();
  let interrupted: Interrupted | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    if (interrupted) return force(interrupted);
    interrupted = new Interrupted(name as StopSignal);
    onFirst(interrupted);
    controller.abort(interrupted);
  };
  const names = Object.keys(numbers) as StopSignal[];
  for (const name of names) emitter.on(name, onSignal);
  return {
    signal: controller.signal,
    get interrupted() {
      return interrupted;
    },
    stop() {
      for (const name of names) emitter.off(name, onSignal);
    },
  };
}
