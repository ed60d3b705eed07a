import { mkdirSync, watch } from 'node:fs';

import type { OutboxWatch } from './outbox.ts';

/** Listens to the folder of an outbox: whatever happens between two calls of `change` is not missed. */
export function watchFolder(folder: string): OutboxWatch {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let changed = false;
  let wake = () => {};
  const onChange = () => {
    changed = true;
    wake();
  };
  const stop = listen(folder, onChange);
  return {
    async change(ms, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = () => resolve();
      const timer = setTimeout(stop, ms);
      signal.addEventListener('abort', stop);
      wake = stop;
      if (!changed && !signal.aborted) await promise;
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
      changed = false;
    },
    close: stop,
  };
}

function listen(folder: string, onChange: () => void): () => void {
  try {
    const watcher = watch(folder, (_kind, name) => {
      // What the sender writes itself is no news to it.
      if (name?.endsWith('.json')) onChange();
    });
    // A folder that is taken away is not watched any more; the time alone has to do from then on.
    watcher.on('error', () => {});
    return () => watcher.close();
  } catch {
    // Where nothing can be watched (a limit of the system), the time alone has to do.
    return () => {};
  }
}
