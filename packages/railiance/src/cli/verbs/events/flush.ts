import { systemClock } from '../../../domain/clock.ts';
import { exitCodes, problemOf } from '../../../domain/failure.ts';
import { type HubFolder, knownHubs } from '../../../events/hubFolder.ts';
import { follow } from '../../../events/outbox/follow.ts';
import { noteProblem, sendOwed } from '../../../events/outbox/sender.ts';
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

/** Who waits for the end of a CI job's last command wants it sent, whoever sends it. */
const patienceMs = 15_000;
const againAfterMs = 200;

/** Sends what one hub is owed, or waits for the process that is at it. */
async function flush(hub: HubFolder, { records, env, signal, follows }: Around): Promise<Flushed> {
  const { home } = records;
  const journals = openJournals(home, env);
  const patientUntilMs = systemClock.elapsedMs() + patienceMs;
  // Whatever is put in after the last look and before the lock is free again finds the lock taken: so look once more.
  while (!signal.aborted) {
    const lock = await hub.lock();
    if (!lock) {
      const view = await deliveryView(hub, journals);
      if (follows || view.pending === 0 || systemClock.elapsedMs() > patientUntilMs) return { ...view, busy: true };
      await systemClock.sleep(againAfterMs, signal).catch(() => {});
      continue;
    }
    try {
      const ports = await openSender(hub, journals, { home, env });
      if (follows) await follow(ports, signal);
      else await sendOwed(ports, signal);
    } catch (error) {
      if (signal.aborted) break;
      await noteProblem({ record: hub.record, clock: systemClock }, problemOf(error));
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
    'Waits a moment for another process that is at it. Exits 6 where something is left.',
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
    return hubs.some(({ pending }) => pending > 0) ? exitCodes.dependencyMissing : exitCodes.done;
  },
});

function wordsOf({ url, pending, problem, busy }: Flushed) {
  if (pending === 0) return [green('✓'), ` ${url} has been told everything`];
  if (busy) return [yellow('…'), ` ${url}: another process is sending, ${plural(pending, 'event')} to go`];
  return [yellow('!'), ` ${url}: ${plural(pending, 'event')} wait: ${problem?.words ?? 'stopped'}`];
}
