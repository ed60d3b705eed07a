import { knownHubs } from '../../../events/hubFolder.ts';
import { defineCommand, integer } from '../../command.ts';
import { deliveryView, pendingOf } from '../../hub/deliveryView.ts';
import { openJournals } from '../../hub/journals.ts';
import { formatAge, plural } from '../../output/format.ts';
import type { Environment } from '../../output/terminal.ts';
import { bold, dim, green, type Text, yellow } from '../../output/text.ts';
import type { Output } from '../../output.ts';
import { openRecords, type Records } from '../../records.ts';

async function hubViews({ home }: Records, env: Environment, limit: number) {
  const journals = openJournals(home, env);
  const hubs = await knownHubs(home);
  return Promise.all(
    hubs.map(async (hub) => ({
      ...(await deliveryView(hub, journals)),
      waiting: (await pendingOf(hub, journals)).slice(0, limit).map(({ id, source, type, time, summary }) => ({
        ...{ id, source, type, time, summary },
      })),
    })),
  );
}

type HubView = Awaited<ReturnType<typeof hubViews>>[number];

function print(view: HubView, now: Date, output: Output): void {
  const { url, delivered, refused, dropped, lastDeliveredAt, pending, problem, waiting } = view;
  const last = lastDeliveredAt === undefined ? '' : `, the last ${formatAge(new Date(lastDeliveredAt), now)}`;
  output.line(bold(url));
  const state: Text = problem
    ? [yellow(problem.words), dim(` since ${formatAge(new Date(problem.since), now)}`)]
    : green('fine');
  output.pairs([
    ['state', state],
    ['delivered', `${plural(delivered, 'event')}${last}`],
    ['waiting', plural(pending, 'event')],
    ...(refused > 0 ? [['refused', `${plural(refused, 'event')}, not sent again`] as const] : []),
    ...(dropped > 0 ? [['given up', `${plural(dropped, 'run')}, because too many waited`] as const] : []),
  ]);
  if (waiting.length === 0) return;
  output.table(
    [
      { title: 'AGE', value: ({ time }) => formatAge(new Date(time), now) },
      { title: 'TYPE', value: ({ type }) => type.replace(/^dev\.cdevents\./, '').replace(/\.\d+\.\d+\.\d+$/, '') },
      { title: 'WHAT', value: ({ summary }) => summary, flexible: true },
    ],
    waiting,
    '',
  );
  if (pending > waiting.length) output.line(dim(`and ${pending - waiting.length} more; --lines shows them`));
}

export default defineCommand({
  name: 'events list',
  group: 'Look',
  summary: 'Show what the hub has been told, and what waits to be',
  arguments: {},
  options: { lines: integer('n', 'how many waiting events to show', 20) },
  examples: [{ line: 'railiance events list --json', does: 'for a script: what waits, and why' }],
  async run({ options, output, env }) {
    const hubs = await hubViews(await openRecords(env), env, options.lines);
    const now = new Date();
    output.result({ schema: 'railiance.events.v1', hubs } as const, () => {
      if (hubs.length === 0) output.line('no run here has had a hub to tell; [hub] in blueprint.toml names one');
      for (const view of hubs) print(view, now, output);
    });
  },
});
