import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { peer } from '../packages/railiance/src/testing/peers.ts';
import { fileCount } from './build/app.ts';
import { type Arena, openArena } from './build/arena.ts';
import { defineBench, type Row, ratioRow } from './harness.ts';
import { type Cost, compare } from './push/measure.ts';

const rounds = 5;
const peerName = 'buildah bud';

/** A goal in milliseconds for ours alone. */
function within(work: string, ours: number, most: number): Row {
  return { work, unit: 'ms', ours, peer: null, peerName: '–', ratio: null, goal: `≤ ${most} ms`, met: ours <= most };
}

function rowsOf(work: string, ours: Cost, peerCost: Cost, mostMs: number): Row[] {
  return [
    ratioRow(work, 'ms', { ours: ours.wallMs, peer: peerCost.wallMs }, peerName, 0.1),
    ratioRow(work, 'CPU ms', { ours: ours.cpuMs, peer: peerCost.cpuMs }, peerName, 0.1),
    within(`${work}: alone`, ours.wallMs, mostMs),
  ];
}

async function measureAll(arena: Arena, say: (line: string) => void): Promise<Row[]> {
  say(`an app with ${fileCount} files in node_modules: everything new`);
  const first = { ours: await arena.ours(), peer: await arena.buildah() };
  say('nothing changed');
  const same = await compare(rounds, { ours: () => arena.ours(), peer: () => arena.buildah() });
  say('one line changed');
  const changed = await compare(rounds, {
    ours: (round) => {
      arena.change(round + 1);
      return arena.ours();
    },
    peer: () => arena.buildah(),
  });
  return [
    ratioRow('everything new', 'ms', { ours: first.ours.wallMs, peer: first.peer.wallMs }, peerName, 1),
    ...rowsOf('nothing changed', same.ours, same.peer, 300),
    ...rowsOf('one line changed', changed.ours, changed.peer, 500),
  ];
}

export default defineBench({
  summary: `railiance build of a Node app with ${fileCount} files in node_modules, beside buildah with its layer cache`,
  versions: async () => {
    const { stdout } = await promisify(execFile)(peer('buildah'), ['--version']);
    return { buildah: stdout.trim().replace(/^buildah version (\S+).*/, '$1') };
  },
  run: async (say) => {
    const arena = await openArena();
    try {
      return await measureAll(arena, say);
    } finally {
      await arena.remove();
    }
  },
});
