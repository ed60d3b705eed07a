import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { type KubeList, type Pod, pathOf } from '../../kubernetes/objects.ts';
import { create, ensureNamespace } from '../../kubernetes/store.ts';
import { watch } from '../../kubernetes/watch.ts';
import { type DeployedApp, openDeployedApp, plainToml } from '../../testing/cluster/deployedApp.ts';

const slug = 'twice';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
/** A kubelet tells of its images only so long after it pulled them. */
const listedAfterMs = 20_000;

let app: DeployedApp;
let repository: string;
before(async () => {
  app = await openDeployedApp('twice', { slug });
  repository = `${app.lab.mark}/${slug}`;
  await app.configure(`registry = "${app.lab.registry}/${repository}"\n${plainToml}`);
});
after(() => app.close());

const url = (rest: string) => `http://${app.lab.registry}/v2/${repository}/${rest}`;

/** Pushes the manifest that a tag names once more, with a word more in it: another digest, and the same image. */
async function pushAgain(tag: string): Promise<string> {
  const manifest = await (await fetch(url(`manifests/${tag}`), { headers: { accept: manifestType } })).json();
  const body = JSON.stringify({ ...(manifest as object), annotations: { pushed: 'by somebody else' } });
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const headers = { 'content-type': manifestType };
  const answer = await fetch(url(`manifests/${digest}`), { method: 'PUT', headers, body });
  assert.equal(answer.status, 201, await answer.text());
  return digest;
}

/** Has the node pull an image, as a pod of somebody else's does. */
async function pull(image: string): Promise<string> {
  const { api, mark } = app.lab;
  const namespace = `${mark}-other`;
  await ensureNamespace(api, namespace, {});
  const containers = [{ name: 'app', image, command: ['node', '--version'] }];
  const pod = { metadata: { name: 'other', namespace }, spec: { containers, restartPolicy: 'Never' } };
  await create(api, pathOf('pods', namespace), { apiVersion: 'v1', kind: 'Pod', ...pod } as never);
  for await (const { object } of watch<Pod>(api, pathOf('pods', namespace), {}, AbortSignal.timeout(60_000))) {
    const imageID = object.status?.containerStatuses?.[0]?.imageID;
    if (imageID) return imageID;
  }
  throw new Error(`${image} was not pulled within a minute`);
}

test('an image that the node has by another digest already is taken for what it is, by the word of the registry', async (context) => {
  await app.succeeds('one', 'build');
  await app.succeeds('one', 'push');
  const { tags } = (await (await fetch(url('tags/list'))).json()) as { readonly tags: readonly string[] };
  const other = await pushAgain(tags[0] ?? '');
  assert.match(await pull(`${app.lab.registry}/${repository}@${other}`), new RegExp(`@${other}$`));
  const output = await app.succeeds('one', 'deploy');
  const query = { labelSelector: `railiance.dev/app=${slug}` };
  const { items } = await app.lab.api.call<KubeList<Pod>>(pathOf('pods', app.namespace), { query });
  const [{ image = '', imageID = '' } = {}] = items[0]?.status?.containerStatuses ?? [];
  context.diagnostic(`asked for ${image}, and by its node it runs ${imageID}`);
  assert.ok(imageID.endsWith(other), 'the node gives it by its other name');
  assert.ok(!items[0]?.spec?.containers[0]?.image?.endsWith(other), 'it was asked for by ours');
  const readyMs = Number(/ready after (\d+) ms/.exec(output)?.[1]);
  context.diagnostic(`ready after ${readyMs} ms`);
  assert.ok(readyMs < listedAfterMs, output);
});
