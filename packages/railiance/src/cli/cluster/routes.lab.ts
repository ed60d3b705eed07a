import assert from 'node:assert/strict';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';

import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { fetchAt } from '../../testing/local/localFixture.ts';

const { RAILIANCE_LAB_HTTP: http = '', RAILIANCE_LAB_HTTPS: https = '' } = process.env;

interface Route extends KubeObject {
  readonly spec: {
    readonly tls?: object;
    readonly entryPoints?: readonly string[];
    readonly ingressClassName?: string;
    readonly routes?: readonly { readonly match: string }[];
    readonly rules?: readonly { readonly host: string }[];
  };
}

const routesOf = async (app: DeployedApp, resource: 'ingressroutes' | 'ingresses') =>
  (await app.lab.api.call<KubeList<Route>>(pathOf(resource, app.namespace))).items;

describe('the public route', () => {
  test('speaks TLS by an IngressRoute, and plain HTTP leads nowhere', async (context) => {
    const host = 'secure.lab.localhost';
    const toml = `
[build]
builder = "node"
[secrets]
generate = ["SESSION"]
[deploy]
host = "${host}"
[[smoke]]
path = "/"
expect = { status = 200, body = "version" }
`;
    const ingress = `{ http = "${http}", https = "${https}", tls = {} }`;
    const app = await openDeployedApp('tls', { slug: 'secure', toml, ingress });
    context.after(() => app.close());
    const output = await app.succeeds('one', 'deploy');
    assert.match(output, /https:\/\/secure\.lab\.localhost/);
    assert.deepEqual(await overTls(host), { status: 200, body: 'version v1', trusted: true });
    await app.version('v2');
    await app.succeeds('one', 'deploy');
    assert.equal((await overTls(host)).body, 'version v2');
    const [address = '', port] = http.split(':');
    const plain = await fetchAt({ url: `http://${host}`, connect: { host: address, port: Number(port) } }, '/');
    assert.equal(plain.status, 404);
    const route = (await routesOf(app, 'ingressroutes')).find(
      ({ spec }) => spec.routes?.[0]?.match === `Host(\`${host}\`)`,
    );
    assert.deepEqual([route?.spec.entryPoints, route?.spec.tls], [['websecure'], {}]);
  });

  test('is an Ingress of the class that the stage names, where that is wanted, and as quiet in a rollout', async (context) => {
    const ingress = `{ http = "${http}", kind = "ingress", class = "traefik" }`;
    const app = await openDeployedApp('ingress', { slug: 'plain', ingress });
    context.after(() => app.close());
    await app.succeeds('one', 'deploy');
    const guest = app.visitor();
    await app.version('v2');
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves(), 'version v2');
    await app.succeeds('two', 'rollback', 'plain');
    assert.equal(await app.serves(), 'version v1');
    await guest.stop();
    assert.deepEqual(guest.failures, []);
    const found = (await routesOf(app, 'ingresses')).filter(({ spec }) => spec.rules?.[0]?.host === app.host);
    assert.deepEqual(
      found.map(({ spec }) => spec.ingressClassName),
      ['traefik'],
    );
    assert.deepEqual(await routesOf(app, 'ingressroutes'), []);
  });

  test('of a class that nobody serves is refused before anything is made', async (context) => {
    const ingress = `{ http = "${http}", kind = "ingress", class = "nginx" }`;
    const app = await openDeployedApp('nginx', { slug: 'nginx', ingress });
    context.after(() => app.close());
    const { exitCode, output } = await app.railiance('one', 'deploy');
    assert.equal(exitCode, 4, output);
    assert.match(output, /NO-GO: ingress class: there is no ingress class nginx.*hint: .*ingress\.class = "traefik"/s);
  });
});

function overTls(servername: string): Promise<{ status: number; body: string; trusted: boolean }> {
  const [host = '', port] = https.split(':');
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, servername, headers: { host: servername }, agent: false });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const { authorized: trusted } = response.socket as unknown as { authorized: boolean };
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body, trusted }), reject);
    });
    asked.end();
  });
}
