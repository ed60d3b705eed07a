import { defineBench, inTurn, median, type Row } from './harness.ts';
import { type Arena, type Hub, hubFolder, openArena, run } from './hub/arena.ts';
import { seed, viewer, visit } from './hub/dashboards.ts';
import { batches, copy, pgbench, settle, singles } from './hub/ingest.ts';
import { followed } from './hub/streams.ts';

const rounds = 5;
const secondsOfEach = 4;
const batchesOfEach = 60;
const clients = 1000;
const fewEvents = 10_000;
const manyEvents = 1_000_000;

type Say = (line: string) => void;

/** A row whose goal is a ratio of at least `least`: rates, so more is better. */
function rateRow(work: string, measured: { ours: number; peer: number }, peerName: string, least: number): Row {
  const ratio = measured.ours / measured.peer;
  return { work, unit: 'events/s', ...measured, peerName, ratio, goal: `≥ ${least} ×`, met: ratio >= least };
}

/** A row without a peer, whose goal is about our own figure. */
function ownRow(work: string, unit: string, ours: number, goal: string, met: boolean): Row {
  return { work, unit, ours, peer: null, peerName: '–', ratio: null, goal, met };
}

async function ingest(arena: Arena, hub: Hub, { url, key }: { url: string; key: string }, say: Say): Promise<Row[]> {
  const oneEach = await arena.hub(url, ['node', new URL('hub/oneEach.ts', import.meta.url).pathname]);
  const rates = { ours: [] as number[], pgbench: [] as number[], oneEach: [] as number[] };
  await singles(hub, key, 2);
  await singles(oneEach, key, 2);
  for (let round = 0; round < rounds; round += 1) {
    await settle(url);
    rates.ours.push(await singles(hub, key, secondsOfEach));
    await settle(url);
    rates.pgbench.push(await pgbench(url, secondsOfEach));
    await settle(url);
    rates.oneEach.push(await singles(oneEach, key, secondsOfEach));
    const newest = [rates.ours, rates.pgbench, rates.oneEach].map((all) => Math.round(all.at(-1) ?? 0));
    say(
      `events/s, round ${round + 1} of ${rounds}: ours ${newest[0]}, pgbench ${newest[1]}, one INSERT each ${newest[2]}`,
    );
  }
  await oneEach.stop();
  const ours = median(rates.ours);
  await batches(hub, key, 20);
  const loaded = await inTurn(
    rounds,
    () => settle(url).then(() => batches(hub, key, batchesOfEach)),
    () => settle(url).then(() => copy(url, batchesOfEach)),
  );
  const peer = 'pgbench, 64 clients, one INSERT each, group-committed by PostgreSQL';
  return [
    rateRow('durable single-event POSTs, 64 clients', { ours, peer: median(rates.pgbench) }, peer, 0.8),
    rateRow('the same', { ours, peer: median(rates.oneEach) }, 'this hub with one INSERT each', 2),
    rateRow('batches of 1,000, 4 clients', loaded, 'COPY of 1,000 rows each, psql', 0.6),
  ];
}

async function pages(arena: Arena, say: Say): Promise<Row[]> {
  const measure = async (events: number) => {
    const { url } = await arena.database(`events_${events}`);
    await seed(url, events);
    const hub = await arena.hub(url);
    const visits = await visit(hub, await viewer(url));
    const peakMiB = await hub.peakMiB();
    await hub.stop();
    say(`dashboards at ${events} events: p95 ${Math.round(visits.p95Ms)} ms, slowest ${visits.slowest}`);
    return { ...visits, peakMiB };
  };
  const few = await measure(fewEvents);
  const many = await measure(manyEvents);
  const growth = many.p95Ms / few.p95Ms;
  return [
    ownRow('all dashboards, random filters, at 10⁶ events, p95', 'ms', many.p95Ms, '< 150', many.p95Ms < 150),
    ownRow('how that grew from 10⁴ events', '×', growth, '≤ 5 × (ours)', growth <= 5),
    ownRow('memory of the hub that served them, at most', 'MiB', many.peakMiB, '≤ 150', many.peakMiB <= 150),
  ];
}

export default defineBench({
  summary: 'events taken in, dashboards, streams and memory of the hub, beside PostgreSQL’s own tools; fsync on',
  versions: async () => ({
    node: process.version,
    pgbench: (await run('pgbench', ['--version'])).stdout.trim(),
    wrk: /wrk [\w.-]+/.exec(await run('wrk', ['-v']).catch(({ stdout }) => stdout))?.[0] ?? 'unknown',
  }),
  run: async (say) => {
    await run('npm', ['run', 'build'], { cwd: hubFolder });
    const arena = await openArena();
    try {
      const place = await arena.database('ingest');
      const hub = await arena.hub(place.url);
      const rows = await ingest(arena, hub, place, say);
      await settle(place.url);
      const streamed = await followed(hub, place.key, clients);
      say(`${clients} streams: ${streamed.received} of ${streamed.expected} arrived`);
      const lost = streamed.expected - streamed.received;
      const peakMiB = await hub.peakMiB();
      await hub.stop();
      return [
        ...rows,
        ownRow(`events lost by ${clients} stream clients, of ${streamed.expected}`, 'count', lost, '0', lost === 0),
        ownRow(
          `from POST to each of ${clients} streams, p95`,
          'ms',
          streamed.p95Ms,
          '< 500 (ours)',
          streamed.p95Ms < 500,
        ),
        ownRow('memory of the hub through all of that, at most', 'MiB', peakMiB, '≤ 150', peakMiB <= 150),
        ...(await pages(arena, say)),
      ];
    } finally {
      await arena.close();
    }
  },
});
