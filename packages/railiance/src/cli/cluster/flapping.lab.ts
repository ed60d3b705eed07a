import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

const toml = `
[build]
builder = "node"
[run]
health = "/healthz"
start_timeout = "20s"
[stages.production]
observe = "25s"
[[smoke]]
path = "/"
expect = { status = 200, body = "version" }
`;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('flapping', { slug: 'flapping', toml });
  await app.succeeds('one', 'deploy');
});
after(() => app.close());

describe('a version that is ready, and then again is not', () => {
  test('is taken back by the time that it is watched, though it was well at the switch', async () => {
    // Three failed probes, three seconds apart, take it out of the route; all the while it answers everything else.
    const flap = `const began = Date.now();
const listen = Object.getPrototypeOf(createServer()).listen;
Object.getPrototypeOf(createServer()).listen = function (...given) {
  this.prependListener('request', (request, response) => {
    if (request.url === '/healthz' && (Date.now() - began) % 40_000 > 6_000) response.statusCode = 503;
  });
  return listen.apply(this, given);
};`;
    await app.version('flaps', flap);
    const { exitCode, output } = await app.railiance('one', 'deploy');
    assert.equal(exitCode, 1, output);
    assert.match(output, /cause +smoke: .*through the public route/);
    assert.match(output, /release 1 serves and passes its smoke test/);
    assert.equal(await app.serves(), 'version v1');
  });
});
