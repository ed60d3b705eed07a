import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { create, remove } from '../../kubernetes/store.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

/** The lab has no StorageClass: its volume is a folder of this machine, which is its node. */
const isNodeHere = process.env.RAILIANCE_LAB_NODE === 'here';
const slug = 'stored';
const toml = `
[build]
builder = "node"
[run]
health = "/words"
start_timeout = "30s"
volumes = [{ name = "static", path = "/app/static", size = "16Mi", fill = true }]
[[smoke]]
path = "/words"
expect = { status = 200, body = "from the image" }
`;
/** Answers with a file of its folder `static`, as it is now. */
const server = `import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
const answer = (path) => readFile('static' + path).catch((error) => error.code);
createServer(async (request, response) => response.end(await answer(request.url))).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;

let app: DeployedApp;
/** Where the volume is on the node. */
let disk: string;
before(async () => {
  app = await openDeployedApp('volumes', { slug, toml });
  await app.write({ 'server.js': server, 'static/words': 'from the image, v1', 'static/deep/page': 'a page' });
  disk = join(app.folder, 'disk');
  await mkdir(join(disk, 'lost+found'), { recursive: true });
  // As k3s's own provisioner makes them. The node has to come through the folders above as well.
  for (const folder of [app.folder, disk]) await chmod(folder, 0o777);
  await create(app.lab.api, '/api/v1/persistentvolumes', {
    metadata: { name: app.lab.mark },
    spec: {
      capacity: { storage: '16Mi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace: app.namespace, name: `${slug}-production-static` },
      hostPath: { path: disk },
    },
  } as never);
});
after(async () => {
  await app.close();
  await remove(app.lab.api, `/api/v1/persistentvolumes/${app.lab.mark}`);
});

describe('a volume that is filled from the image', { skip: !isNodeHere && 'the node is another machine' }, () => {
  test('has its files when the first release serves', async () => {
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves('/words'), 'from the image, v1');
    assert.equal(await app.serves('/deep/page'), 'a page');
    assert.deepEqual((await readdir(disk)).sort(), ['deep', 'lost+found', 'words']);
    const claim = `/api/v1/namespaces/${app.namespace}/persistentvolumeclaims/${slug}-production-static`;
    const { status } = await app.lab.api.call<{ status: { phase: string } }>(claim);
    assert.equal(status.phase, 'Bound');
  });

  test('keeps what people put there, through a rollout, a restart and a rollback', async () => {
    await writeFile(join(disk, 'upload'), 'by somebody');
    await app.write({ 'static/words': 'from the image, v2' });
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves('/words'), 'from the image, v1', 'it was full, and is left as it was');
    for (const command of ['restart', 'rollback']) {
      await app.succeeds('two', command, slug);
      assert.equal(await app.serves('/upload'), 'by somebody');
    }
  });
});
