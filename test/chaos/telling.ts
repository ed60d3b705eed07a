import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

import { owedOf } from '../../packages/railiance/src/cli/hub/openSender.ts';
import { homeAt } from '../../packages/railiance/src/config/home.ts';
import { systemClock } from '../../packages/railiance/src/domain/clock.ts';
import { identifyProcess, type ProcessIdentity } from '../../packages/railiance/src/exec/processIdentity.ts';
import { createFileRunStore } from '../../packages/railiance/src/pipeline/fileRunStore.ts';
import { openSite, type Site } from '../hub/site.ts';
import { openTeam, type Team } from '../hub/team.ts';
import { pick } from './random.ts';

interface TellingOptions {
  readonly kills: number;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

const target = { app: 'thing', stage: 'canary' };
const victims = ['the command', 'the sender', 'the hub'] as const;

/** Commands, senders and the hub are killed at random while runs are told: in the end every event is stored, once. */
export async function telling({ kills, random, say }: TellingOptions): Promise<void> {
  const team = await openTeam();
  const site = await openSite(team);
  try {
    const counts = { 'the command': 0, 'the sender': 0, 'the hub': 0 };
    for (let round = 0; round < kills; round++) {
      const victim = pick(random, victims);
      site.commit(random() < 0.3 ? 'crashes' : 'serves');
      const deploy = site.start('deploy');
      await wait(200 + random() * 2_000);
      counts[victim]++;
      if (victim === 'the command') deploy.child.kill('SIGKILL');
      if (victim === 'the sender') await killSenders(site);
      if (victim === 'the hub') await team.kill();
      await deploy.ended;
      if (victim === 'the hub') await team.restart();
    }
    await site.run('deploy');
    const missing = await settle(site, team);
    assert.deepEqual(missing, [], 'events that the hub does not have');
    const names = (await team.events()).map(({ source, event_id: id }) => `${source} ${id}`);
    assert.equal(new Set(names).size, names.length, 'an event is stored twice');
    say(`telling: ${names.length} events, each once, through ${kills} kills: ${JSON.stringify(counts)}`);
  } finally {
    await site.close();
    await team.close();
  }
}

/** The senders of this site's home are its own processes: they work in its folder. */
async function killSenders({ home }: Site): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (folder.startsWith(`${home}/hub`)) process.kill(Number(pid), 'SIGKILL');
  }
}

/** Sends what is left. Resolves with what the journals tell and the hub does not have after that. */
async function settle(site: Site, team: Team): Promise<readonly string[]> {
  const runs = createFileRunStore({ home: homeAt({ RAILIANCE_HOME: site.home }), clock: systemClock });
  const writer = identifyProcess(process.pid) as ProcessIdentity;
  let missing: readonly string[] = [];
  for (let tries = 0; tries < 50; tries++) {
    await site.run('events', 'flush');
    const stored = new Set((await team.events()).map(({ event_id: id }) => id));
    const told = await Promise.all(
      (await runs.list(target)).map((runId) => owedOf({ ...target, runId, since: '', writer, delivered: 0 }, runs)),
    );
    const ids = told.flatMap((one) => one?.records ?? []).flatMap(({ events }) => events.map(({ id }) => id));
    missing = ids.filter((id) => !stored.has(id));
    if (missing.length === 0) return [];
    await wait(200);
  }
  return missing;
}
