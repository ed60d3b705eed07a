import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { defineBench, inTurn, type Row, ratioRow, timed } from './harness.ts';
import { openConnection } from './load/rawHttp.ts';
import { finish, makeSubject, must, type Subject } from './load/subject.ts';

const releases = 20;
const requestsPerSecond = 250;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The app on its own, from spawn to the first accepted connection. */
async function startAlone(subject: Subject): Promise<number> {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), RAILIANCE_VOLUME_COUNTS: subject.home };
  const start = performance.now();
  const child = spawn(process.execPath, ['src/server.ts'], { cwd: subject.directory, env, stdio: 'ignore' });
  for (;;) {
    const socket = await openConnection(port).catch(() => undefined);
    if (socket) {
      socket.destroy();
      break;
    }
    await wait(5);
  }
  const took = performance.now() - start;
  child.kill('SIGKILL');
  return took;
}

interface LoadResult {
  readonly sent: number;
  readonly failed: number;
  readonly failures: readonly string[];
  readonly posted: readonly string[];
  readonly sockets: number;
  readonly releases: Readonly<Record<string, number>>;
  readonly seconds: number;
}

async function deployUnderLoad(subject: Subject, port: number, say: (line: string) => void): Promise<Row[]> {
  const client = spawn(
    process.execPath,
    [
      new URL('load/client.ts', import.meta.url).pathname,
      String(port),
      `steady.production.localhost:${port}`,
      String(requestsPerSecond),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = finish(client);
  for (let number = 1; number <= releases; number += 1) {
    await subject.change(`n${number}`);
    const took = await timed(() => must(subject.railiance('deploy', '--stage', 'production', '--yes')));
    say(`deploy ${number} of ${releases} under load: ${Math.round(took)} ms`);
  }
  await wait(2500);
  client.stdin?.end();
  const load: LoadResult = JSON.parse((await ended).output);
  for (const failure of load.failures) say(`failure: ${failure}`);

  const counted = (await readFile(join(subject.home, 'apps/steady/production/volumes/counts/posts'), 'utf8'))
    .trim()
    .split('\n');
  const times = new Map<string, number>();
  for (const id of counted) times.set(id, (times.get(id) ?? 0) + 1);
  const wrong = load.posted.filter((id) => times.get(id) !== 1).length;
  const seen = Array.from({ length: releases }, (_, index) => `n${index + 1}`).filter(
    (id) => id in load.releases,
  ).length;
  const zero = (work: string, ours: number): Row => ({
    work,
    unit: 'count',
    ours,
    peer: null,
    peerName: '–',
    ratio: null,
    goal: '0',
    met: ours === 0,
  });
  return [
    zero(`requests failed of ${load.sent} and ${load.sockets} WebSockets over ${releases} deploys`, load.failed),
    zero(`POSTs not counted exactly once, of ${load.posted.length}`, wrong),
    zero(`releases never seen by the client, of ${releases}`, releases - seen),
    {
      ...zero('request rate offered', load.sent / load.seconds),
      unit: 'req/s',
      goal: '≥ 200',
      met: load.sent / load.seconds >= 200,
    },
  ];
}

async function startTimes(subject: Subject): Promise<Row[]> {
  const bare = () => timed(() => finish(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })));
  const help = await inTurn(15, () => timed(() => must(subject.railiance('--help'))), bare);
  const status = await inTurn(15, () => timed(() => must(subject.railiance('status'))), bare);
  return [
    ratioRow('railiance --help', 'ms', help, 'node -e 0', 2),
    ratioRow('railiance status', 'ms', status, 'node -e 0', 2),
  ];
}

export default defineBench({
  summary: 'a one-line change to verified live on this machine, what clients notice of it, and how fast commands start',
  versions: async () => ({ node: process.version }),
  run: async (say) => {
    await must(
      finish(spawn('npm', ['run', 'build', '--workspace', 'railiance'], { stdio: ['ignore', 'pipe', 'pipe'] })),
    );
    const subject = await makeSubject();
    try {
      const port = await freePort();
      await must(subject.railiance('local', 'up', '--port', String(port)));
      await must(subject.railiance('deploy', '--stage', 'production', '--yes'));
      let number = 0;
      const deploy = async () => {
        number += 1;
        await subject.change(`w${number}`);
        return timed(() => must(subject.railiance('deploy', '--stage', 'production', '--yes')));
      };
      const quiet = await inTurn(7, deploy, () => startAlone(subject));
      const live: Row = {
        ...ratioRow('deploy a one-line change to verified live', 'ms', quiet, "the app's own start", 8),
        note: 'no goal is given from outside; this one is ours',
      };
      return [live, ...(await deployUnderLoad(subject, port, say)), ...(await startTimes(subject))];
    } finally {
      await subject.remove();
    }
  },
});
