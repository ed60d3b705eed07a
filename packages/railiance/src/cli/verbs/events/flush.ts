import { exitCodes, problemOf } from '../../../domain/failure.ts';
import { type HubFolder, knownHubs } from '../../../events/hubFolder.ts';
import { follow } from '../../../events/outbox/follow.ts';
import { sendOwed } from '../../../events/outbox/sender.ts';
import { defineCommand, flag } from '../../command.ts';
import { type DeliveryView, deliveryView } from '../../hub/deliveryView.ts';
import { openJournals } from '../../hub/journals.ts';
import { openSender } from '../../hub/openSender.ts';
import { plural } from '../../output/format.ts';
import type { Environment } from '../../output/terminal.ts';
import { green, yellow } from '../../output/text.ts';
import { openRecords, type Records } from '../../records.ts';

interface Around {
  readonly records: Records;
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly follows: boolean;
}

interface Flushed extends DeliveryView {
  /** Another process is sending to this hub. */
  readonly busy?: true;
}

/** Sends what one hub is owed, unless another process is at it. */
async function flush(hub: HubFolder, { records, env, signal, follows }: Around): Promise<Flushed> {
  const { home } = records;
  const journals = openJournals(home, env);
  // Whatever is put in after the last look and before the lock is free again finds the lock taken: so look once more.
  while (!signal.aborted) {
    const lock = await hub.lock();
    if (!lock) return { ...(await deliveryView(hub, journals)), busy: true };
    try {
      const ports = await openSender(hub, journals, { home, env });
      if (follows) await follow(ports, signal);
      else await sendOwed(ports, signal);
    } catch (error) {
      if (signal.aborted) break;
      const at = new Date().toISOString();
      const delivery = await hub.record.read();
      await hub.record.write({
        ...delivery,
        problem: { words: problemOf(error), at, since: delivery.problem?.since ?? at },
      });
    } finally {
      lock.release();
    }
    const view = await deliveryView(hub, journals);
    if (view.problem || view.pending === 0) return view;
  }
  return deliveryView(hub, journals);
}

export default defineCommand({
  name: 'events flush',
  group: 'Operate',
  summary: 'Send the hub what it has not been told yet',
  description: [
    'Every run that has a hub in its blueprint.toml starts a process of its own that sends its events; this is that process, by hand. What cannot be sent stays, and goes with the next.',
    'Exits 6 where something is left because a hub does not take it.',
  ],
  arguments: {},
  options: {
    follow: flag(
      'go on until every run that is under way has been told to its end; wait for a hub that is away, up to 15 minutes',
    ),
  },
  examples: [{ line: 'railiance events flush', does: 'what is waiting, now' }],
  async run({ options, output, env, signal }) {
    const records = await openRecords(env);
    const around = { records, env, signal, follows: options.follow };
    const hubs = await Promise.all((await knownHubs(records.home)).map((hub) => flush(hub, around)));
    output.result({ schema: 'railiance.events.flush.v1', hubs } as const, () => {
      if (hubs.length === 0) output.line('no run here has had a hub to tell');
      for (const hub of hubs) output.line(wordsOf(hub));
    });
    return hubs.some(({ pending, busy }) => pending > 0 && !busy) ? exitCodes.dependencyMissing : exitCodes.done;
  },
});

function wordsOf({ url, pending, problem, busy }: Flushed) {
  if (busy) return [yellow('…'), ` ${url}: another process is sending, ${plural(pending, 'event')} to go`];
  if (pending === 0) return [green('✓'), ` ${url} has been told everything`];
  return [yellow('!'), ` ${url}: ${plural(pending, 'event')} wait: ${problem?.words ?? 'stopped'}`];
}
