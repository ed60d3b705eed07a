import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';

import { createPorts } from './ports.ts';

test('ports taken at once differ, and lie below those of outgoing connections', async () => {
  const ports = createPorts();
  const taken = await Promise.all(Array.from({ length: 50 }, () => ports.take()));
  assert.equal(new Set(taken).size, 50);
  assert.ok(taken.every((port) => port >= 20_000 && port < 32_768));
});

test('a port in use on any address is passed over; one handed back is given again', async () => {
  const finder = createPorts();
  const port = await finder.take();
  const same = () => (port - 20_000) / 12_000 + 1e-9;
  const other = (port - 20_000 + (port < 26_000 ? 1 : -1)) / 12_000 + 1e-9;
  const answers = [same(), other];
  const server = createServer().listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  assert.notEqual(
    await createPorts(() => answers.shift() ?? Math.random()).take(),
    (server.address() as AddressInfo).port,
  );
  server.close();
  await once(server, 'close');
  const again = createPorts(same);
  assert.equal(await again.take(), port);
  again.giveBack(port);
  assert.equal(await again.take(), port);
});
