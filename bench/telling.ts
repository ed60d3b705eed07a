import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

import { defineBench, inTurn, type Row, ratioRow, timed } from './harness.ts';
import { finish, makeSubject, must, type Subject } from './load/subject.ts';

const moods = ['well', 'answering 500', 'hanging', 'not there'] as const;
type Mood = (typeof moods)[number];

const pairs = 5;
/** What two deploys without a hub differ by, one after the other, on a quiet machine. */
const most = 1.1;

/** A hub that only counts, or whatever else its mood is. */
async function openHub() {
  let mood: Mood = 'well';
  const server = createServer(async (request, response) => {
    const batch = (await json(request)) as readonly unknown[];
    if (mood === 'hanging') return;
    response.writeHead(mood === 'well' ? 200 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ stored: batch.length, duplicates: 0, conflicts: 0 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    be: (next: Mood) => {
      mood = next;
    },
    /** Port 9 discards what comes, where anybody listens to it at all. */
    url: () => `http://127.0.0.1:${mood === 'not there' ? 9 : port}`,
    close: () => server.close().closeAllConnections(),
  };
}

async function compare(mood: Mood, subject: Subject, url: string, change: () => Promise<void>): Promise<Row> {
  const blueprint = join(subject.directory, 'blueprint.toml');
  const deploy = async (text: string) => {
    await writeFile(blueprint, text);
    await change();
    return timed(() => must(subject.railiance('deploy', '--stage', 'production', '--yes')));
  };
  const key = join(subject.home, 'hub-key');
  await writeFile(key, 'ihk_bench');
  const told = () => deploy(`[hub]\nurl = "${url}"\nkey = "file:${key}"\n`);
  const measured = await inTurn(pairs, told, () => deploy(''));
  await rm(blueprint);
  return ratioRow(`deploy with a hub that is ${mood}`, 'ms', measured, 'the same without a hub', most);
}

export default defineBench({
  summary: 'what a hub costs a deploy: one that is well, dead, hanging, or answers 500',
  versions: async () => ({ node: process.version }),
  run: async (say) => {
    await must(
      finish(spawn('npm', ['run', 'build', '--workspace', 'railiance'], { stdio: ['ignore', 'pipe', 'pipe'] })),
    );
    const subject = await makeSubject();
    const hub = await openHub();
    let number = 0;
    const change = () => subject.change(`t${++number}`);
    try {
      await must(subject.railiance('local', 'up', '--port', '0'));
      await must(subject.railiance('deploy', '--stage', 'production', '--yes'));
      const rows: Row[] = [];
      for (const mood of moods) {
        hub.be(mood);
        rows.push(await compare(mood, subject, hub.url(), change));
        say(`a hub that is ${mood}: done`);
      }
      return rows;
    } finally {
      hub.close();
      await subject.remove();
    }
  },
});
