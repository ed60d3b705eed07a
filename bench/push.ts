import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Digest } from '../packages/railiance/src/oci/index.ts';
import { peer } from '../packages/railiance/src/testing/peers.ts';
import { defineBench, type Row, ratioRow } from './harness.ts';
import { type Arena, openArena } from './push/arena.ts';
import { putLargeImage, putSmallLayers, putStableLayers, putVariant } from './push/images.ts';
import { type Cost, compare, measure } from './push/measure.ts';

const rounds = 5;
const largeBytes = 2 * 2 ** 30;
const skopeoName = 'skopeo';

/** A goal about ours alone. */
function absolute(work: string, unit: string, ours: number, most: number): Row {
  return { work, unit, ours, peer: null, peerName: '–', ratio: null, goal: `≤ ${most} ${unit}`, met: ours <= most };
}

function rowOf(
  work: string,
  unit: 'ms' | 'CPU ms' | 'MB',
  ours: Cost,
  peer: Cost,
  peerName: string,
  most: number,
): Row {
  const pick = (cost: Cost) => (unit === 'ms' ? cost.wallMs : unit === 'MB' ? cost.memoryMb : cost.cpuMs);
  return ratioRow(work, unit, { ours: pick(ours), peer: pick(peer) }, peerName, most);
}

type Say = (line: string) => void;

async function cold(arena: Arena, say: Say): Promise<Row[]> {
  const layers = await putStableLayers(arena.layout);
  const image = await putVariant(arena.layout, 'cold', layers);
  const archive = await arena.archive('cold');
  const size = layers.reduce((sum, layer) => sum + layer.size, 0);
  say(`${Math.round(size / 1e6)} MB in ${layers.length + 1} layers`);
  const costs = await compare(rounds, {
    gzip: (round) => arena.ours(image, `cold-ours-${round}`, 'v1'),
    skopeo: (round) => arena.skopeo('cold', `cold-skopeo-${round}`, 'v1', `cold-${round}`),
    zstd: (round) => arena.ours(image, `cold-zstd-${round}`, 'v1', 'zstd'),
    crane: (round) => arena.crane(archive, `cold-crane-${round}`, 'v1'),
    archived: (round) => arena.oursArchive(archive, `archive-ours-${round}`, 'v1'),
    skopeoArchived: (round) => arena.skopeoArchive(archive, `archive-skopeo-${round}`, 'v1', `archive-${round}`),
  });
  const { gzip, skopeo, zstd, crane, archived, skopeoArchived } = costs;
  const bytes = {
    ours: await arena.pushedBytes('cold-ours-0', 'v1'),
    peer: await arena.pushedBytes('cold-skopeo-0', 'v1'),
  };
  return [
    rowOf('cold, gzip', 'ms', gzip, skopeo, skopeoName, 0.95),
    rowOf('cold, gzip', 'CPU ms', gzip, skopeo, skopeoName, 1),
    ratioRow('cold, gzip: compressed', 'bytes', bytes, skopeoName, 1.1),
    absolute('cold, gzip: memory', 'MB', gzip.memoryMb, 120),
    rowOf('cold, zstd, beside gzip by the peer', 'ms', zstd, skopeo, skopeoName, 0.7),
    absolute('cold, zstd: memory', 'MB', zstd.memoryMb, 220),
    rowOf('cold, gzip', 'ms', gzip, crane, 'crane', 1),
    rowOf('cold, gzip, from a docker-archive', 'ms', archived, skopeoArchived, skopeoName, 0.95),
    rowOf('cold, gzip, from a docker-archive', 'ms', archived, crane, 'crane', 1),
  ];
}

async function again(arena: Arena, say: Say): Promise<Row[]> {
  const { layout } = arena;
  const stable = (await layout.manifest((await layout.resolve('cold')).digest)).layers.slice(0, -1);
  const base = await putVariant(layout, 'base', stable);
  await arena.ours(base, 'ours', 'base');
  await arena.skopeo('base', 'fresh', 'base', 'base');
  await arena.skopeo('base', 'warm', 'base', 'warm');
  const baseArchive = await arena.archive('base');
  await arena.crane(baseArchive, 'crane', 'base');
  const variants: { readonly digest: Digest; readonly archive: string }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const digest = await putVariant(layout, `v${round}`, stable);
    variants.push({ digest, archive: await arena.archive(`v${round}`) });
  }
  const variant = (round: number) => variants[round] ?? { digest: base, archive: baseArchive };
  say('one layer of 0.67 MB changed, then nothing');
  const changed = await compare(rounds, {
    ours: (round) => arena.ours(variant(round).digest, 'ours', `v${round}`),
    fresh: (round) => arena.skopeo(`v${round}`, 'fresh', `v${round}`, `changed-${round}`),
    warm: (round) => arena.skopeo(`v${round}`, 'warm', `v${round}`, 'warm'),
    crane: (round) => arena.crane(variant(round).archive, 'crane', `v${round}`),
  });
  const nothing = await compare(rounds, {
    ours: () => arena.ours(base, 'ours', 'base'),
    fresh: (round) => arena.skopeo('base', 'fresh', 'base', `nothing-${round}`),
    crane: () => arena.crane(baseArchive, 'crane', 'base'),
    node: () => measure([process.execPath, '-e', '0']),
    bare: () => arena.bareRequest(),
  });
  const start = nothing.node.wallMs;
  const bareMs = Math.round(nothing.bare.wallMs - start);
  const beyond = absolute("nothing changed: beyond the runtime's start", 'ms', nothing.ours.wallMs - start, 15);
  return [
    rowOf('one layer changed, fresh machine', 'ms', changed.ours, changed.fresh, skopeoName, 0.1),
    rowOf('nothing changed, fresh machine', 'ms', nothing.ours, nothing.fresh, skopeoName, 0.05),
    rowOf('one layer changed, the peer with its cache', 'ms', changed.ours, changed.warm, skopeoName, 1.3),
    {
      ...beyond,
      note: `Node's own HTTP client and SHA-256 with one bare request take ${bareMs} ms of it`,
    },
    rowOf('one layer changed', 'ms', changed.ours, changed.crane, 'crane', 1),
    rowOf('nothing changed', 'ms', nothing.ours, nothing.crane, 'crane', 1),
  ];
}

async function large(arena: Arena, say: Say): Promise<Row[]> {
  const image = await putLargeImage(arena.layout, 'large', largeBytes);
  say('one layer of 2 GiB');
  const gzip = await arena.ours(image, 'large', 'gzip');
  const zstd = await arena.ours(image, 'large-zstd', 'zstd', 'zstd');
  say('a hundred layers of 4 MB that do not shrink');
  const small = await putSmallLayers(arena.layout, 'small', 100, 4_000_000);
  const many = await arena.ours(small, 'small', 'gzip');
  return [
    absolute('a layer of 2 GiB, gzip: memory', 'MB', gzip.memoryMb, 120),
    absolute('a layer of 2 GiB, zstd: memory', 'MB', zstd.memoryMb, 220),
    absolute('a hundred layers of 4 MB, gzip: memory', 'MB', many.memoryMb, 120),
  ];
}

async function versionOf(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(peer(name), args);
  return stdout.trim().replace(/^\S+ version /, '');
}

export default defineBench({
  summary: "pushing to Debian's registry beside skopeo and crane; skopeo and we read the same layout",
  versions: async () => ({
    skopeo: await versionOf('skopeo', '--version'),
    crane: await versionOf('crane', 'version'),
    'docker-registry': (await versionOf('docker-registry', '--version')).split(' ').at(-1) ?? '',
  }),
  run: async (say) => {
    const arena = await openArena();
    try {
      return [...(await cold(arena, say)), ...(await again(arena, say)), ...(await large(arena, say))];
    } finally {
      await arena.remove();
    }
  },
});
