import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

import { ownModulesOnly, readFolderState } from './folderState.ts';
import type { AskedFolder, Scanned } from './packageScan.ts';
import { type Claims, claim, takeFolder } from './shared.ts';

const { claims, port } = workerData as { readonly claims: Claims; readonly port: MessagePort };

parentPort?.on('message', (asked: readonly AskedFolder[]) => {
  for (const { number, directory } of asked) {
    if (!takeFolder(claims, number)) continue;
    port.postMessage(scanned(number, directory));
    Atomics.store(claims, number, claim.done);
    Atomics.notify(claims, number);
  }
});

/** What went wrong is found again, and told, by the thread that asked. */
function scanned(number: number, directory: string): Scanned {
  try {
    return { number, state: readFolderState(directory, ownModulesOnly) };
  } catch {
    return { number };
  }
}
