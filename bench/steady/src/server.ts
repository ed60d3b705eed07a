import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { WebSocketServer } from 'ws';

import { change } from './change.ts';

const counts = `${process.env.RAILIANCE_VOLUME_COUNTS ?? '/counts'}/posts`;
const release = `release ${change}`;

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://steady');
  if (request.method === 'POST') {
    for await (const _ of request);
    appendFileSync(counts, `${url.searchParams.get('id')}\n`);
  }
  if (url.pathname === '/slow') await wait(2000);
  response.end(release);
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => socket.on('message', (message) => socket.send(message.toString())));

server.listen(Number(process.env.PORT));

/** Answers what is under way, lets every conversation come to its end, and goes. */
process.on('SIGTERM', () => {
  server.close();
  const leave = () => sockets.clients.size === 0 && process.exit(0);
  for (const socket of sockets.clients) socket.on('close', leave);
  leave();
});
