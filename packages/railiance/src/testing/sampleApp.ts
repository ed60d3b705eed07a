/**
 * The app inside the image of engine tests. It is copied into the image as it stands, and runs there with nothing but
 * Node and the `ws` package. $BEHAVIOUR says what is wrong with it; as a command, its first argument says what to do.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

const { env } = process;
const say = (line: string) => process.stdout.write(`${line}\n`);
let posts = 0;

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<unknown>> = {
  '/': async (_request, response) => answer(response, { instance: env.RAILIANCE_INSTANCE, pid: process.pid }),
  '/env': async (_request, response) => answer(response, env),
  '/healthz': async (_request, response) => {
    response.statusCode = env.BEHAVIOUR === 'never-ready' ? 503 : 200;
    response.end('health');
  },
  '/posts': async (request, response) => {
    const body = await text(request);
    posts++;
    answer(response, { instance: env.RAILIANCE_INSTANCE, posts, body });
  },
  '/slow': async (_request, response) => {
    await wait(2000);
    answer(response, { instance: env.RAILIANCE_INSTANCE });
  },
  '/events': async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
    await once(response, 'close');
  },
  '/crash': async () => process.exit(9),
  '/say': async (request, response) => {
    say(await text(request));
    response.end();
  },
};

function answer(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

async function serve(): Promise<void> {
  say(`starting with key ${env.KEY}`);
  if (env.BEHAVIOUR === 'crash') {
    // A node copies the two streams one beside the other: what is said in the same moment may be kept in either order.
    await wait(100);
    process.stderr.write('no such table: probes\n');
    process.exit(7);
  }
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const route = routes[path];
    if (route) void route(request, response);
    else response.writeHead(404).end();
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
  server.listen(Number(env.BEHAVIOUR === 'ignores-port' ? env.OTHER_PORT : env.PORT));
  process.on('SIGTERM', () => {
    if (env.BEHAVIOUR === 'deaf') return;
    server.close(() => process.exit(0));
    for (const socket of sockets.clients) socket.close(1001);
    server.closeIdleConnections();
  });
}

const commands: Record<string, () => unknown> = {
  say: () => {
    say(`hello from ${env.RAILIANCE_APP} on ${env.RAILIANCE_STAGE}`);
    say(`key ${env.KEY}`);
    process.stderr.write('and an error\n');
  },
  fail: () => process.exit(3),
  hang: () => {
    say('hanging');
    setInterval(() => {}, 1000);
  },
  echo: async () => say(`read ${await text(process.stdin)}`),
};

const [command] = process.argv.slice(2);
await (command === undefined ? serve() : commands[command]?.());
