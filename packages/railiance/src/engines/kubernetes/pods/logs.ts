import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import { type DataObject, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { watch } from '../../../kubernetes/watch.ts';
import type { LogLine, LogOptions } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { redactorOf } from '../envSecret.ts';
import { podsOf } from '../instances/status.ts';
import { runsSince } from '../rollout/podWords.ts';
import { entryOf, type TargetState } from '../state/targetState.ts';
import { podLines } from './logLines.ts';

/** Lines of the active instance, or of the one that is named, also one that has ended; a follower goes on to the next. */
export async function* targetLogs(cluster: Cluster, target: Target, options: LogOptions): AsyncGenerator<LogLine> {
  const state = await cluster.states.get(target);
  const id = options.instance ?? state?.active ?? undefined;
  if (id === undefined || !state) {
    if (options.follow && state) return yield* followActive(cluster, state, options);
    throw nothingThere(target, 'nothing of it serves there');
  }
  if (!entryOf(state, id)) return yield* linesOfEnded(cluster, target, id, options.tail);
  if (options.follow && options.instance === undefined) return yield* followActive(cluster, state, options);
  yield* instanceLines(cluster, state, id, options);
}

function nothingThere(target: Target, problem: string): Failure {
  return new Failure(`read the logs of ${targetLabel(target)}`, problem, {
    hint: `railiance status ${target.app}`,
    exitCode: exitCodes.invalidInput,
  });
}

async function* linesOfEnded({ ended }: Cluster, target: Target, id: string, tail: number): AsyncGenerator<LogLine> {
  const found = await ended.get(target, id);
  if (!found) throw nothingThere(target, `there is no instance ${id}, and its last lines are not kept any more`);
  for (const line of (found.evidence.logs ?? []).slice(-tail))
    yield { at: found.at, instance: id, stream: 'stdout', line };
}

/** All pods of an instance, merged as their lines come. */
async function* instanceLines(
  cluster: Cluster,
  state: TargetState,
  id: string,
  options: Omit<LogOptions, 'instance'>,
): AsyncGenerator<LogLine> {
  const entry = entryOf(state, id);
  const values = entry ? await cluster.secrets.get(state, entry.secretsVersion).catch(() => ({})) : {};
  const redact = redactorOf(values);
  if (!entry) return;
  const pods = (await podsOf(cluster, state, entry)).filter(hasLog);
  const query = { ...options, redact, instance: id, container: entry.container ?? 'app' };
  yield* merged(pods.map((pod) => podLines(cluster.api, pod, query)));
}

function hasLog(pod: Pod): boolean {
  const containers = pod.status?.containerStatuses ?? [];
  return (
    runsSince(pod) !== undefined ||
    containers.some(({ restartCount, state }) => restartCount > 0 || state?.terminated !== undefined)
  );
}

async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => source.next().then((result) => ({ source, result }));
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values());
    if (result.done) waiting.delete(source);
    else {
      waiting.set(source, next(source));
      yield result.value;
    }
  }
}

/** Each time another instance is led to, its lines from then on take over. */
async function* followActive(cluster: Cluster, state: TargetState, options: LogOptions): AsyncGenerator<LogLine> {
  const { api, settings } = cluster;
  const fieldSelector = `metadata.name=${state.app}.${state.stage}.target`;
  const namespace = settings.state_namespace;
  const over = new AbortController();
  const stop = AbortSignal.any([options.signal, over.signal]);
  const changes = watch<DataObject>(api, pathOf('configmaps', namespace), { fieldSelector }, stop);
  const lines = createChannel<LogLine>();
  let current: { readonly id: string; readonly stop: AbortController } | undefined;
  const take = (now: TargetState, isFirst: boolean) => {
    const { active } = now;
    if (active === null || active === current?.id) return;
    current?.stop.abort();
    const mine = { id: active, stop: new AbortController() };
    current = mine;
    const signal = AbortSignal.any([stop, mine.stop.signal]);
    void pump(cluster, now, active, { ...options, tail: isFirst ? options.tail : 1_000, signal }, isFirst, lines.push);
  };
  const reading = (async () => {
    let isFirst = true;
    for await (const { object } of changes) {
      take(JSON.parse(object.data?.['state.json'] ?? '{}') as TargetState, isFirst);
      isFirst = false;
    }
    lines.end();
  })();
  reading.catch(lines.fail);
  try {
    yield* lines;
  } finally {
    current?.stop.abort();
    over.abort();
  }
}

/** Of an instance that takes over, what it said before the switch is left out, by this machine's clock. */
async function pump(
  cluster: Cluster,
  state: TargetState,
  id: string,
  options: Omit<LogOptions, 'instance'>,
  whole: boolean,
  push: (line: LogLine) => void,
): Promise<void> {
  const since = state.activatedAt ?? '';
  try {
    for await (const line of instanceLines(cluster, state, id, options)) {
      if (whole || line.at >= since) push(line);
    }
  } catch {
    // The pod went away, or the follower did: the next instance, if there is one, is told by its own lines.
  }
}

interface Channel<T> extends AsyncIterable<T> {
  push(value: T): void;
  end(): void;
  fail(error: unknown): void;
}

function createChannel<T>(): Channel<T> {
  const values: T[] = [];
  let wake = Promise.withResolvers<void>();
  let over = false;
  let failure: unknown;
  const signalled = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  return {
    push: (value) => {
      values.push(value);
      signalled();
    },
    end: () => {
      over = true;
      signalled();
    },
    fail: (error) => {
      failure = error;
      over = true;
      signalled();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const woken = wake.promise;
        const value = values.shift();
        if (value !== undefined) yield value;
        else if (failure !== undefined) throw failure;
        else if (over) return;
        else await woken;
      }
    },
  };
}
