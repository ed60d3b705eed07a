/** Where the hub is in its life, for /readyz, for streams, and for the answers of a stopping server. */
export interface Lifecycle {
  readonly state: 'starting' | 'ready' | 'draining';
  ready(): void;
  /** Says "not ready" from now on and tells everyone who asked by `onDrain`. */
  drain(): void;
  /** Calls back once when draining begins. Returns how to forget about it. */
  onDrain(callback: () => void): () => void;
}

export function createLifecycle(): Lifecycle {
  let state: Lifecycle['state'] = 'starting';
  const callbacks = new Set<() => void>();
  return {
    get state() {
      return state;
    },
    ready: () => {
      if (state === 'starting') state = 'ready';
    },
    drain: () => {
      if (state === 'draining') return;
      state = 'draining';
      for (const callback of callbacks) callback();
      callbacks.clear();
    },
    onDrain: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}
