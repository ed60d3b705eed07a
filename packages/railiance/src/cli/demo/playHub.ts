import { setTimeout as sleep } from 'node:timers/promises';

import { target } from '../../domain/name.ts';
import type { Secret } from '../../domain/secret.ts';
import { hubFolder } from '../../events/hubFolder.ts';
import type { Toolbox } from '../compose.ts';
import { deliveryView } from '../hub/deliveryView.ts';
import { keepHubKey } from '../hub/hubKey.ts';
import type { AppFolder } from './appFolder.ts';
import type { Stagehand } from './stagehand.ts';
import { type TeamHub, teamHub } from './teamHub.ts';
import type { Workplace } from './workplace.ts';

const production = 'production';

export interface ConnectedHub extends TeamHub {
  /** Works once. */
  readonly link: string;
  readonly railianceKey: Secret;
}

/** Deploys the team's console, and connects the blueprint of the probe with it. */
export async function playHub(
  stage: Stagehand,
  hub: AppFolder,
  { probe }: Workplace,
  { engine, home }: Toolbox,
): Promise<ConnectedHub | undefined> {
  stage.act("Deploy Inter-Hub, the team's console");
  await hub.commit('Inter-Hub');
  const own = stage.with(hub);
  const { state } = await own.deploy();
  const checks = (await own.release(production))?.checks ?? [];
  const visited = checks.find(({ name }) => name === 'all twelve dashboards, signed in');
  stage.see(
    'it is live; its smoke test read the API with a key, signed in and opened all twelve dashboards',
    state === 'succeeded' && visited?.verdict === 'pass' && checks.every(({ verdict }) => verdict === 'pass'),
  );
  if (state !== 'succeeded') return undefined;
  const live = await teamHub(engine);
  stage.type('railiance exec --app inter-hub -- node dist/main.js setup-link');
  const link = await live.signInLink();
  stage.show('open this to watch the rest live; it works once:', link);
  const railianceKey = await live.key();
  stage.type('railiance events login   # the key goes to the secret store, blueprint.toml names the hub');
  await probe.replace('blueprint.toml', 'title = "Probe"\n', `title = "Probe"\n\n[hub]\nurl = "${live.url}"\n`);
  await keepHubKey(live.url, railianceKey, home);
  return { ...live, link, railianceKey };
}

/** What the hub made of the probe's runs by itself. */
export async function lookIntoHub(stage: Stagehand, hub: ConnectedHub, toolbox: Toolbox): Promise<void> {
  stage.act('Look into the hub');
  stage.type('railiance events list');
  const { pending, delivered, problem } = await toldEverything(hub, toolbox);
  stage.see(
    pending === 0 ? `it was told all ${delivered} events of these runs` : `${pending} events wait: ${problem?.words}`,
    pending === 0 && delivered > 0,
  );
  const { shown, releases } = await lookUntil(
    () => shownReleases(hub, toolbox),
    (found) => found.shown === found.releases,
  );
  stage.see(`it has each of the ${releases} releases, by stage, number and digest`, releases > 0 && shown === releases);
  const waiting = await lookUntil(
    () => hub.records<{ body: string }>('requirement-candidates', 'probe', hub.railianceKey),
    ({ length }) => length >= stage.causes.length,
  );
  const bodies = waiting.map(({ body }) => body);
  stage.see(
    `each of the ${stage.causes.length} failures waits there to be looked at, with its cause`,
    stage.causes.length > 0 &&
      stage.causes.every((cause) => bodies.includes(cause)) &&
      bodies.length === stage.causes.length,
  );
}

/** The sender is a process of its own, which no run waits for: so the demo does. */
async function toldEverything({ url }: TeamHub, { home, runs }: Toolbox) {
  const folder = hubFolder(home, { url, key: 'store' });
  return await lookUntil(
    () => deliveryView(folder, async () => runs),
    ({ pending }) => pending === 0,
  );
}

/** How many releases of the probe there are, and how many of them the hub has on record. */
async function shownReleases(hub: ConnectedHub, toolbox: Toolbox): Promise<{ shown: number; releases: number }> {
  const stages = ['canary', production];
  const [deployments, ...lists] = await Promise.all([
    hub.records<{ stage: string; digest: string | null; release: number | null }>(
      'deployment-records',
      'probe',
      hub.railianceKey,
    ),
    ...stages.map((name) => toolbox.releases.list(target('probe', name))),
  ]);
  const releases = lists.flat();
  const shown = releases.filter(({ stage, number, artifact }) =>
    deployments.some((one) => one.stage === stage && one.release === number && one.digest === artifact.configDigest),
  );
  return { shown: shown.length, releases: releases.length };
}

const mostMs = 15_000;
const lookEveryMs = 100;

/** The hub answers once an event is on its disk, and makes records of it a little later: what it has is looked at again. */
async function lookUntil<Found>(look: () => Promise<Found>, isComplete: (found: Found) => boolean): Promise<Found> {
  const until = performance.now() + mostMs;
  for (;;) {
    const found = await look();
    if (isComplete(found) || performance.now() > until) return found;
    await sleep(lookEveryMs);
  }
}
