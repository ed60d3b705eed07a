import type { Clock } from '../../domain/clock.ts';
import { problemOf } from '../../domain/failure.ts';
import type { ProcessIdentity } from '../../exec/processIdentity.ts';
import type { CloudEvent } from '../cloudEvent.ts';
import { HubProblem } from '../hub/hubProblem.ts';
import type { SendEvents } from '../hub/sendEvents.ts';
import { nextBatch, type Owed } from './batch.ts';
import type { DeliveryRecord } from './deliveryRecord.ts';
import type { Outbox, OwedRun } from './outbox.ts';

/** Everything that one sender of one hub works with. Only one may be at work at a time: whoever calls holds the lock. */
export interface SenderPorts {
  readonly outbox: Outbox;
  readonly send: SendEvents;
  readonly record: DeliveryRecord;
  readonly clock: Clock;
  /** What a run has to tell beyond what is delivered; undefined where its journal is not there. */
  readonly owedOf: (run: OwedRun) => Promise<Omit<Owed, 'run'> | undefined>;
  readonly isAlive: (writer: ProcessIdentity) => boolean;
}

/** Runs that may wait. Beyond them the oldest are given up: a hub that is gone for ever must not fill the disk. */
const mostOwed = 1_000;

/**
 * Sends what is owed until nothing is left or something stands in the way.
 * @returns what stands in the way; it is written into the delivery record too
 */
export async function sendOwed(ports: SenderPorts, signal: AbortSignal): Promise<HubProblem | undefined> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const { owed, problem } = await lookUp(ports);
      const batch = nextBatch(owed);
      if (!batch && problem !== undefined) throw new HubProblem(problem, 'wait');
      if (!batch) return undefined;
      const tally = await sendParts(ports.send, batch.events, signal);
      for (const { run, seq, settled } of batch.marks) {
        if (settled) await ports.outbox.remove(run);
        else await ports.outbox.settle(run, seq);
      }
      if (batch.events.length > 0) await noteDelivered(ports, tally);
    }
  } catch (error) {
    signal.throwIfAborted();
    const problem = error instanceof HubProblem ? error : new HubProblem(problemOf(error), 'wait');
    await noteProblem(ports, problem.message);
    return problem;
  }
}

/** Whether some run is still being written whose end is not delivered. */
export async function isAnyUnderWay({ outbox, isAlive }: Pick<SenderPorts, 'outbox' | 'isAlive'>): Promise<boolean> {
  return (await outbox.list()).some(({ writer }) => isAlive(writer));
}

interface LookedUp {
  readonly owed: readonly Owed[];
  /** Why some run cannot be told now; the others can. */
  readonly problem?: string;
}

async function lookUp(ports: SenderPorts): Promise<LookedUp> {
  const { outbox, owedOf, isAlive } = ports;
  const runs = await outbox.list();
  const tooMany = runs.filter(({ writer }) => !isAlive(writer)).slice(0, Math.max(0, runs.length - mostOwed));
  for (const run of tooMany) await outbox.remove(run);
  if (tooMany.length > 0) {
    const delivery = await ports.record.read();
    await ports.record.write({ ...delivery, dropped: delivery.dropped + tooMany.length });
  }
  const owed: Owed[] = [];
  let problem: string | undefined;
  for (const run of runs.filter((one) => !tooMany.includes(one))) {
    try {
      const found = await owedOf(run);
      if (found) owed.push({ run, ...found });
      // It was put in before its journal was begun, and the process died between the two.
      else if (!isAlive(run.writer)) await outbox.remove(run);
    } catch (error) {
      problem ??= `the journal of run ${run.runId} cannot be read: ${problemOf(error)}`;
    }
  }
  return { owed, ...(problem !== undefined && { problem }) };
}

interface Tally {
  readonly taken: number;
  readonly refused: number;
}

/** A batch that is refused whole for one event in it is halved until that event is found; it alone is not delivered. */
async function sendParts(send: SendEvents, events: readonly CloudEvent[], signal: AbortSignal): Promise<Tally> {
  if (events.length === 0) return { taken: 0, refused: 0 };
  try {
    await send(events, signal);
    return { taken: events.length, refused: 0 };
  } catch (error) {
    if (!(error instanceof HubProblem) || error.remedy !== 'split') throw error;
    if (events.length === 1) return { taken: 0, refused: 1 };
    const middle = Math.ceil(events.length / 2);
    const first = await sendParts(send, events.slice(0, middle), signal);
    const second = await sendParts(send, events.slice(middle), signal);
    return { taken: first.taken + second.taken, refused: first.refused + second.refused };
  }
}

async function noteDelivered({ record, clock }: SenderPorts, { taken, refused }: Tally): Promise<void> {
  const { problem: _, ...delivery } = await record.read();
  await record.write({
    ...delivery,
    delivered: delivery.delivered + taken,
    refused: delivery.refused + refused,
    lastDeliveredAt: clock.now().toISOString(),
  });
}

/** Writes down what stands in the way of the delivery, and since when. */
export async function noteProblem(
  { record, clock }: Pick<SenderPorts, 'record' | 'clock'>,
  words: string,
): Promise<void> {
  const delivery = await record.read();
  const at = clock.now().toISOString();
  await record.write({ ...delivery, problem: { words, at, since: delivery.problem?.since ?? at } });
}
