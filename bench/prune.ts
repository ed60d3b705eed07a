import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

import { Registry, removeTags } from '../packages/railiance/src/oci/index.ts';
import { startDistribution } from '../packages/railiance/src/testing/peerRegistries/distribution.ts';
import { peer } from '../packages/railiance/src/testing/peers.ts';
import { defineBench, inTurn, type Row, ratioRow, timed } from './harness.ts';

const tags = 10_000;
/** So many are removed at once by either: the registry goes through all its tags for each. */
const some = 5;
const rounds = 3;
const repository = 'team/app';
const nameOf = (at: number) => at.toString(16).padStart(7, '0');

/** Writes the registry's own files: as if so many images had been pushed to it, each under one tag. */
function fill(storage: string): void {
  const put = (path: string, content: string) => {
    const file = join(storage, 'docker/registry/v2', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const putBlob = (content: string) => {
    const hex = createHash('sha256').update(content).digest('hex');
    put(`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, content);
    return { hex, digest: `sha256:${hex}`, size: content.length };
  };
  const at = `repositories/${repository}`;
  for (let number = 0; number < tags; number += 1) {
    const config = putBlob(
      JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] }, number }),
    );
    put(`${at}/_layers/sha256/${config.hex}/link`, config.digest);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const descriptor = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: config.size,
    };
    const manifest = putBlob(JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [] }));
    put(`${at}/_manifests/revisions/sha256/${manifest.hex}/link`, manifest.digest);
    put(`${at}/_manifests/tags/${nameOf(number)}/current/link`, manifest.digest);
    put(`${at}/_manifests/tags/${nameOf(number)}/index/sha256/${manifest.hex}/link`, manifest.digest);
  }
}

/** Counts what goes to the registry. It takes longer than the registry: what is counted is not timed. */
async function counting(host: string) {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    const { method, url, headers } = request;
    const [hostname = '', port = ''] = host.split(':');
    const onward = send({ host: hostname, port, method, path: url, headers: { ...headers, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, count: () => count, close: () => server.close() };
}

async function measure(registryHost: string, say: (line: string) => void): Promise<Row[]> {
  const through = await counting(registryHost);
  const direct = new Registry({ host: registryHost, plainHttp: true });
  const counted = new Registry({ host: through.host, plainHttp: true });
  const all = Array.from({ length: tags }, (_, number) => nameOf(number));
  type More = { readonly limit?: number; readonly dryRun?: boolean };
  const prune = (registry: Registry, unneeded: readonly string[], more: More) =>
    removeTags(registry.repository(repository, 'delete'), { unneeded, ...more });
  const secondsFor = async (unneeded: readonly string[], more: More) =>
    (await timed(() => prune(direct, unneeded, more))) / 1000;
  const requestsFor = async (unneeded: readonly string[], more: More) => {
    const before = through.count();
    await prune(counted, unneeded, more);
    return through.count() - before;
  };
  const look = async (unneeded: readonly string[], more: More) => ({
    seconds: await secondsFor(unneeded, { ...more, dryRun: true }),
    requests: await requestsFor(unneeded, { ...more, dryRun: true }),
  });
  const row = (work: string, unit: string, ours: number, most: number): Row => {
    return { work, unit, ours, peer: null, peerName: '', ratio: null, goal: `≤ ${most}`, met: ours <= most };
  };
  say(`look at ${tags} tags of which 5 stay`);
  const few = await look(all.slice(0, -5), { limit: some });
  say(`look at ${tags} tags of which all but ${some} stay`);
  const many = await look(all.slice(0, some), {});
  say(`remove ${some} of them, as many with crane, in turn`);
  const requests = await requestsFor(all.slice(0, -5), { limit: some });
  const crane = peer('crane');
  const image = `${registryHost}/${repository}`;
  const run = (...args: readonly string[]) => execFileSync(crane, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const removing = await inTurn(
    rounds,
    () => secondsFor(all.slice(0, -5), { limit: some }),
    async () => {
      const ms = await timed(async () => {
        for (const tag of run('ls', '--insecure', image).split('\n').filter(Boolean).slice(0, some)) {
          run('delete', '--insecure', `${image}@${run('digest', '--insecure', `${image}:${tag}`).trim()}`);
        }
      });
      return ms / 1000;
    },
  );
  direct.close();
  counted.close();
  through.close();
  return [
    row(`look: ${tags} tags, 5 stay, ${some} at most would go`, 's', few.seconds, 5),
    row(`look: ${tags} tags, 5 stay, ${some} at most would go`, 'requests', few.requests, 100),
    row(`look: ${tags} tags, all but ${some} stay`, 's', many.seconds, 60),
    row(`look: ${tags} tags, all but ${some} stay`, 'requests', many.requests, tags + 100),
    ratioRow(`remove ${some} of ${tags} tags by digest`, 's', removing, 'crane ls, digest, delete', 1),
    row(`remove ${some} of ${tags} tags by digest`, 'requests', requests, 100),
  ];
}

export default defineBench({
  summary: "cleaning up ten thousand tags on Debian's docker-registry",
  versions: async () => ({
    'docker-registry': execFileSync(peer('docker-registry'), ['--version'], { encoding: 'utf8' }).trim(),
    crane: execFileSync(peer('crane'), ['version'], { encoding: 'utf8' }).trim(),
  }),
  async run(say) {
    const { host, storage, close } = await startDistribution();
    try {
      say(`write ${tags} images into the registry`);
      fill(storage);
      return await measure(host, say);
    } finally {
      await close();
    }
  },
});
