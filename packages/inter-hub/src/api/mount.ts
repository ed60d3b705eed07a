import { type Context, Hono } from 'hono';
import type * as z from 'zod';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import { authenticate, unauthorized } from './authenticate.ts';
import { parseJson, readText } from './jsonBody.ts';
import type { ApiKey } from './keyStore.ts';
import { Problem, problemOf, problemResponse } from './problem.ts';
import type { Access, ApiRoute } from './route.ts';
import { canWrite, readableHubs } from './scopes.ts';
import { anonymousKey } from './usage.ts';

export const apiBase = '/api/v2';
const bodyLimitBytes = 1024 * 1024;

/** Puts the API's routes together: key, limits, validation, then the handler; every error as problem+json. */
export function mountApi(deps: Deps, routes: readonly ApiRoute[]): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  for (const route of routes) {
    app.on(route.method, honoPath(route.path), (c) => answer(deps, route, c));
  }
  const known = new Map<string, string[]>();
  for (const { path, method } of routes) known.set(path, [...(known.get(path) ?? []), method.toUpperCase()]);
  for (const [path, methods] of known) {
    app.all(honoPath(path), (c) => {
      const help = `This address answers ${methods.join(', ')}.`;
      const problem = new Problem(405, 'wrong_method', `${c.req.method} is not allowed here.`, help, {
        headers: { Allow: methods.join(', ') },
      });
      return problemResponse(problem, c.get('requestId'));
    });
  }
  app.all(`${apiBase}/*`, (c) => problemResponse(notFound(), c.get('requestId')));
  return app;
}

export function notFound(): Problem {
  return new Problem(404, 'not_found', 'There is no such thing here.', 'See /docs for what there is.');
}

function honoPath(path: string): string {
  return `${apiBase}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
}

async function answer(deps: Deps, route: ApiRoute, c: Context<HubEnv>): Promise<Response> {
  const started = performance.now();
  let key: ApiKey | undefined;
  let response: Response;
  try {
    key = await authenticate(c, deps.keys, deps.clock());
    authorize(deps, route, key);
    if (key) deps.limits.take(key);
    const given = route.params || route.query || route.body ? await validate(route, c) : nothingGiven;
    response = await route.handle({ c, deps, key, ...given });
  } catch (error) {
    response = failed(error, c);
  }
  deps.usage.record({
    keyId: key?.id ?? anonymousKey,
    method: route.method.toUpperCase(),
    route: route.path,
    status: response.status,
    ms: performance.now() - started,
  });
  return response;
}

function failed(error: unknown, c: Context<HubEnv>): Response {
  const problem = problemOf(error);
  if (problem === undefined) c.get('logger')().error({ err: error }, 'request failed');
  const shown = problem ?? new Problem(500, 'internal', 'The hub failed.', 'Tell the operator the instance number.');
  return problemResponse(shown, c.get('requestId'));
}

/** @throws Problem 401 without a key, 403 with one that may not */
function authorize(deps: Deps, route: ApiRoute, key: ApiKey | undefined): void {
  if (route.access === 'public' || (route.access === 'discovery' && deps.config.publicDiscovery)) return;
  if (key === undefined) throw unauthorized('This needs a key.');
  if (!mayAsk[route.access](key.scopes)) throw wrongScope(route.access);
}

const canReadAny = (scopes: readonly string[]): boolean => {
  const readable = readableHubs(scopes);
  return readable === 'all' || readable.length > 0;
};

const mayAsk: Readonly<Record<Access, (scopes: readonly string[]) => boolean>> = {
  public: () => true,
  discovery: canReadAny,
  read: canReadAny,
  write: (scopes) => canWrite(scopes, null),
  admin: (scopes) => scopes.includes('admin'),
};

export function wrongScope(needed: string): Problem {
  return new Problem(403, 'wrong_scope', `This key has no ${needed} access here.`, 'Use a key with that scope.');
}

interface Given {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const nothingGiven: Given = { params: undefined, query: undefined, body: undefined };

async function validate(route: ApiRoute, c: Context<HubEnv>): Promise<Given> {
  const params = route.params ? check(route.params, c.req.param(), 'path', notFound) : undefined;
  const query = route.query ? check(route.query, singles(c.req.queries())) : undefined;
  if (!route.body) return { params, query, body: undefined };
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new Problem(
      415,
      'unsupported_type',
      `Content-Type ${type || '(none)'} is not taken.`,
      'Send application/json.',
    );
  }
  return { params, query, body: check(route.body, parseJson(await readText(c, bodyLimitBytes)), 'body') };
}

function singles(queries: Record<string, string[]>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(queries).map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

/** @throws Problem 422 that lists every fault with its place */
export function check<T>(schema: z.ZodType<T>, value: unknown, place = 'query', otherwise?: () => Problem): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (otherwise) throw otherwise();
  const errors = parsed.error.issues.slice(0, 50).map((issue) => ({
    path: [place, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }));
  const first = errors[0];
  throw new Problem(
    422,
    `invalid_${place}`,
    `${first?.path}: ${first?.message}`,
    'See "errors" and the schema in /docs.',
    {
      extra: { errors },
    },
  );
}
