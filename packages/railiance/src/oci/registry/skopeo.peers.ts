import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { startDistribution } from '../../testing/peerRegistries/distribution.ts';
import { startGitea } from '../../testing/peerRegistries/gitea.ts';
import { peer } from '../../testing/peers.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../testing/tinyImage.ts';
import { openLayout } from '../layout.ts';
import { conceal } from './credentials.ts';
import { imageInLayout } from './imageSource.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { Registry } from './registry.ts';

const run = promisify(execFile);
const skopeo = (...args: string[]) => run(peer('skopeo'), ['--insecure-policy', ...args]);

async function sample() {
  const directory = await scratchDirectory('skopeo');
  const layers = [randomBytes(9_000_000), randomBytes(100)].map((content) => [{ ...textFile('app/x', ''), content }]);
  const { manifestDigest } = await makeTinyImage(directory, { node: false, layers });
  return { directory, image: await imageInLayout(await openLayout(directory), manifestDigest) };
}

async function arena() {
  const { host, close } = await startDistribution();
  const registry = new Registry({ host, plainHttp: true });
  after(async () => {
    registry.close();
    await close();
  });
  return { host, repository: registry.repository('app', 'push') };
}

for (const kind of ['gzip', 'zstd'] as const) {
  test(`skopeo reads what was pushed as ${kind}, byte for byte`, async () => {
    const { host, repository } = await arena();
    const { image } = await sample();
    const pushed = await pushImage(repository, image, { tag: 'v1', compression: { kind, level: 1 } });
    const to = await scratchDirectory('read');
    await skopeo('copy', '--src-tls-verify=false', `docker://${host}/app:v1`, `oci:${to}:app`);
    const layout = await openLayout(to);
    assert.equal((await layout.resolve('app')).digest, pushed.manifestDigest);
    for (const { digest, size } of pushed.layers) assert.ok(await layout.hasBlob(digest, size));
  });
}

test('what skopeo pushed is pulled with its digest, and pushed on byte for byte', async () => {
  const { host, repository } = await arena();
  const { directory } = await sample();
  await skopeo('copy', '--dest-tls-verify=false', `oci:${directory}:tiny:latest`, `docker://${host}/app:theirs`);
  const layout = await openLayout(await scratchDirectory('theirs'));
  const pulled = await pullImage(repository, layout, { reference: 'theirs', name: 'app:theirs' });
  const image = await imageInLayout(layout, pulled.manifestDigest);
  const pushed = await pushImage(repository, image, { tag: 'ours' });
  assert.equal(pushed.manifestDigest, pulled.manifestDigest);
  assert.equal(pushed.sentBytes, 0);
});

const cache = process.env.RAILIANCE_LAB_CACHE;
if (cache !== undefined) {
  test('where the wrong realm of Gitea stops skopeo, the push goes through', async () => {
    const { host, user, password, close } = await startGitea(cache);
    const credentials = async () => ({ username: user, password: conceal(password) });
    const registry = new Registry({ host, plainHttp: true, token: 'prefetch', credentials });
    after(async () => {
      registry.close();
      await close();
    });
    const { directory, image } = await sample();
    const auth = join(await scratchDirectory('auth'), 'auth.json');
    const login = skopeo('login', '--authfile', auth, '--tls-verify=false', '-u', user, '-p', password, host);
    await assert.rejects(login, /gitea\.example\.test/);
    const to = `docker://${host}/${user}/app:v1`;
    const creds = ['--dest-creds', `${user}:${password}`];
    const copy = skopeo('copy', '--dest-tls-verify=false', ...creds, `oci:${directory}:tiny:latest`, to);
    await assert.rejects(copy, /gitea\.example\.test/);
    const pushed = await pushImage(registry.repository(`${user}/app`, 'push'), image, { tag: 'v1' });
    assert.equal(pushed.unchanged, false);
  });
}
