import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';

import { Refusal, readBody } from './body.ts';
import { probesPage, type Release } from './page.ts';
import { addProbe, listProbes, probeName } from './probes.ts';

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const styles = readFileSync(new URL('../static/app.css', import.meta.url));
const unusable = 'A name has 1 to 100 characters.';

const safeHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** All that the app answers, as a listener of node:http. */
export function createApp(pool: Pool, release: Release): (request: IncomingMessage, response: ServerResponse) => void {
  const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
    '/': {
      async GET(_, response) {
        send(response, 200, 'text/html', probesPage(await listProbes(pool), release));
      },
    },
    '/probes': {
      async POST(request, response) {
        // Browsers say where a form was: another site's form is not meant for us.
        if (request.headers['sec-fetch-site'] === 'cross-site') throw new Refusal(403, 'this form is of another site');
        const form = new URLSearchParams(await readBody(request, 'application/x-www-form-urlencoded'));
        const name = probeName(form.get('name'));
        if (name === undefined) {
          return send(response, 422, 'text/html', probesPage(await listProbes(pool), release, unusable));
        }
        await addProbe(pool, name);
        response.writeHead(303, { location: '/' }).end();
      },
    },
    '/api/probes': {
      async GET(_, response) {
        sendJson(response, 200, { probes: await listProbes(pool) });
      },
      async POST(request, response) {
        const name = probeName(nameIn(await readBody(request, 'application/json')));
        if (name === undefined) throw new Refusal(422, unusable);
        sendJson(response, 201, await addProbe(pool, name));
      },
    },
    // Says that the process serves; whether its database does is another question, and another answer.
    '/healthz': { GET: (_, response) => sendJson(response, 200, { status: 'ok', release }) },
    '/readyz': {
      async GET(_, response) {
        const isReady = await pool.query('SELECT FROM probes LIMIT 1').then(
          () => true,
          () => false,
        );
        sendJson(response, isReady ? 200 : 503, { database: isReady ? 'ok' : 'unavailable' });
      },
    },
    '/static/app.css': { GET: (_, response) => send(response, 200, 'text/css', styles) },
  };

  return (request, response) => {
    for (const [name, value] of Object.entries({ ...safeHeaders, 'x-release': release.tag })) {
      response.setHeader(name, value);
    }
    answer(routes, request, response).catch((error: unknown) => fail(request, response, error));
  };
}

async function answer(
  routes: Readonly<Record<string, Readonly<Record<string, Route>>>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!methods) throw new Refusal(404, 'there is no such page');
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route) return await route(request, response);
  response.setHeader('allow', Object.keys(methods).join(', '));
  throw new Refusal(405, `${method} is not for this page`);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // What a client sent too much of is not read to its end: the connection goes with it.
  if (!request.complete) response.setHeader('connection', 'close');
  if (error instanceof Refusal) {
    sendJson(response, error.status, { error: error.message });
    return;
  }
  process.stderr.write(`${request.method} ${request.url}: ${error instanceof Error ? error.message : error}\n`);
  if (response.headersSent) response.destroy();
  else sendJson(response, 500, { error: 'this did not work; the log says why' });
}

function nameIn(body: string): unknown {
  try {
    return (JSON.parse(body) as { name?: unknown } | null)?.name;
  } catch {
    throw new Refusal(400, 'this is not JSON');
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  const isPage = type !== 'text/css';
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': isPage ? 'no-store' : 'max-age=300',
  });
  response.end(body);
}
