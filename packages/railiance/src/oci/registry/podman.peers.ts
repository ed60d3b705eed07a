import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { startDistribution } from '../../testing/peerRegistries/distribution.ts';
import { peer } from '../../testing/peers.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { makeTinyImage, textFile } from '../../testing/tinyImage.ts';
import { openLayout } from '../layout.ts';
import { imageInLayout } from './imageSource.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { Registry } from './registry.ts';

const run = promisify(execFile);

for (const kind of ['gzip', 'zstd'] as const) {
  test(`podman pulls and runs what was pushed as ${kind}, and what it pushes is the same image to us`, async () => {
    const { host, close } = await startDistribution();
    const registry = new Registry({ host, plainHttp: true });
    after(async () => {
      registry.close();
      await close();
    });
    const directory = await scratchDirectory('podman');
    const layers = [[textFile('app/main.js', "console.log('hello from ' + require('node:os').platform())")]];
    const config = { Entrypoint: ['/usr/local/bin/node', '/app/main.js'] };
    const { manifestDigest } = await makeTinyImage(join(directory, 'images'), { layers, config });
    const image = await imageInLayout(await openLayout(join(directory, 'images')), manifestDigest);
    const options = { tag: 'v1', compression: { kind, level: 1 } } as const;
    const pushed = await pushImage(registry.repository('app', 'push'), image, options);

    // Debian's default, crun, refuses hybrid control groups, and not every machine may raise limits.
    const settings = join(directory, 'containers.conf');
    const limits = 'default_ulimits = ["nofile=20000:20000", "nproc=1000:1000"]';
    await writeFile(settings, `[engine]\nruntime = "runc"\n[containers]\n${limits}\n`);
    const env = { ...process.env, CONTAINERS_CONF: settings };
    const storage = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
    const podman = (...args: readonly string[]) => run(peer('podman'), [...storage, ...args], { env });
    const name = `${host}/app@${pushed.manifestDigest}`;
    const { stdout } = await podman('run', '--rm', '--network=none', '--tls-verify=false', name);
    assert.equal(stdout, 'hello from linux\n');

    await podman('push', '--quiet', '--tls-verify=false', name, `${host}/theirs:v1`);
    await podman('rmi', '--all', '--force');
    const layout = await openLayout(join(directory, 'theirs'));
    const read = await pullImage(registry.repository('theirs', 'pull'), layout, { reference: 'v1', name: 'theirs:v1' });
    assert.equal((await layout.manifest(read.manifestDigest)).config.digest, pushed.configDigest);
  });
}
