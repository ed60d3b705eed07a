/**
 * Kill, race and fault loops at their full counts: `npm run test:chaos -- [--kills N] [--races N] [--agent N]
 * [--hub N] [--hub-database N] [--telling N] [--seed N]`.
 * The seed is printed; the same seed gives the same choices.
 */
import { parseArgs } from 'node:util';

import { agentKilled } from './agent.ts';
import { hubDatabaseKilled, hubKilled } from './hub.ts';
import { killing } from './killing.ts';
import { races } from './races.ts';
import { randomFrom } from './random.ts';
import { telling } from './telling.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kills: { type: 'string', default: '200' },
    races: { type: 'string', default: '50' },
    agent: { type: 'string', default: '10' },
    hub: { type: 'string', default: '200' },
    'hub-database': { type: 'string', default: '20' },
    telling: { type: 'string', default: '30' },
    'only-random': { type: 'boolean', default: false },
  },
});
const random = randomFrom(Number(values.seed));
const say = (line: string) => console.log(line);

console.log(`seed ${values.seed}`);
const started = performance.now();
const kills = Number(values.kills);
if (kills > 0) await killing({ kills, everyRecord: !values['only-random'], random, say });
if (Number(values.races) > 0) await races({ races: Number(values.races), random, say });
if (Number(values.agent) > 0) await agentKilled({ kills: Number(values.agent), random, say });
const [hub, hubDatabase] = [Number(values.hub), Number(values['hub-database'])];
if (hub > 0) await hubKilled({ kills: hub, random, say });
if (hubDatabase > 0) await hubDatabaseKilled({ kills: hubDatabase, random, say });
if (Number(values.telling) > 0) await telling({ kills: Number(values.telling), random, say });
console.log(`chaos: every invariant held, in ${Math.round((performance.now() - started) / 1000)} s`);
