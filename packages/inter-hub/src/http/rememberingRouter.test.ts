import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { rememberingRouter } from './rememberingRouter.ts';

test('an address leads to the same place each time, with its own parameters', async () => {
  const app = new Hono({ router: rememberingRouter() });
  app.get('/things/all', (c) => c.text('all'));
  app.get('/things/:id', (c) => c.text(`one ${c.req.param('id')}`));
  app.post('/things/:id', (c) => c.text(`changed ${c.req.param('id')}`));
  const ask = async (method: string, path: string) => (await app.request(path, { method })).text();
  for (let time = 0; time < 3; time += 1) {
    assert.equal(await ask('GET', '/things/all'), 'all');
    assert.equal(await ask('GET', '/things/a%20b'), 'one a b');
    assert.equal(await ask('GET', '/things/2?id=3'), 'one 2');
    assert.equal(await ask('POST', '/things/2'), 'changed 2');
    assert.equal((await app.request('/nothing')).status, 404);
  }
});

test('what strangers ask for is not kept without end', () => {
  const router = rememberingRouter<string>();
  router.add('GET', '/things/:id', 'thing');
  for (let n = 0; n < 5000; n += 1) assert.equal(router.match('GET', `/things/${n}`)[0].length, 1);
  assert.equal(router.match('GET', `/things/${'x'.repeat(10_000)}`)[0].length, 1);
});
