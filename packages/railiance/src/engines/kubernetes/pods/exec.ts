import { PassThrough, Writable } from 'node:stream';

import { Exec as PodExec } from '@kubernetes/client-node/dist/exec.js';
import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { ExecStreams } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { podsOf } from '../instances/status.ts';
import { isReady } from '../rollout/podWords.ts';
import { entryOf } from '../state/targetState.ts';

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** Runs a command in a ready pod of the active instance. Resolves with its exit code. */
export async function execInTarget(
  cluster: Cluster,
  target: Target,
  command: readonly string[],
  { stdin, stdout, stderr, signal }: ExecStreams,
): Promise<number> {
  const action = `run a command in ${targetLabel(target)}`;
  const state = await cluster.states.get(target);
  const entry = state?.active ? entryOf(state, state.active) : undefined;
  const pod = state && entry && (await podsOf(cluster, state, entry)).find(isReady);
  if (!pod) {
    const hint = `railiance status ${target.app} --stage ${target.stage}`;
    throw new Failure(action, 'no ready instance serves there', { hint, exitCode: exitCodes.invalidInput });
  }
  const ended = Promise.withResolvers<number>();
  const onStatus = (status: ExecStatus) => {
    const code = exitCodeOf(status);
    if (code === undefined) ended.reject(new Failure(action, status.message ?? 'it could not be started'));
    else ended.resolve(code);
  };
  // Piped, not handed over: the library pauses and closes what it is given.
  const input = stdin?.pipe(new PassThrough());
  try {
    const exec = new PodExec(cluster.api.connection.config);
    const { name } = pod.metadata;
    const socket = await exec.exec(
      state.namespace,
      name,
      entry.container ?? 'app',
      [...command],
      sink(stdout),
      sink(stderr),
      input ?? null,
      false,
      (status) => onStatus(status as ExecStatus),
    );
    const stop = () => socket.close();
    signal.addEventListener('abort', stop, { once: true });
    socket.addEventListener('close', () =>
      ended.reject(signal.aborted ? signal.reason : new Failure(action, 'the connection ended before the command did')),
    );
    return await ended.promise.finally(() => signal.removeEventListener('abort', stop));
  } catch (error) {
    if (error instanceof Failure || signal.aborted) throw error;
    const words = (error as { message?: string }).message ?? problemOf(error);
    throw new Failure(action, words, { exitCode: exitCodes.dependencyMissing, cause: error });
  }
}

/** https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/client-go/tools/remotecommand/v4.go */
function exitCodeOf({ status, details }: ExecStatus): number | undefined {
  if (status === 'Success') return 0;
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return code === undefined ? undefined : Number(code);
}

function sink(take: (chunk: Uint8Array) => void): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      take(chunk);
      done();
    },
  });
}
