import * as z from 'zod';
import { apiBase } from './mount.ts';
import type { ApiAnswer, ApiRoute } from './route.ts';

type Json = Record<string, unknown>;

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'error', 'help'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    error: { type: 'string', description: 'Short name for programs' },
    help: { type: 'string', description: 'What to do about it' },
    errors: { type: 'array', items: { type: 'object' } },
  },
};

const problems: Readonly<Record<string, string>> = {
  400: 'Not readable: no JSON, not UTF-8, nested too deep',
  401: 'No key, or one that is not valid',
  403: 'The key has not the scope',
  404: 'Not found',
  409: 'Taken: another body under the same id, or a record that cannot change any more',
  413: 'Too large',
  415: 'A media type or encoding that is not taken',
  422: 'Readable, but not as the schema says',
  429: 'Over the rate or the quota; see Retry-After',
  503: 'The database does not answer; nothing was stored',
};

/** The API as an OpenAPI 3.1 document, made from the routes' own validators. */
export function openApi(routes: readonly ApiRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `${apiBase}${route.path}`;
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Inter-Hub',
      version,
      description: 'Events, workplans, approvals, releases and what led to what. Keys are made in Settings.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key, ihk_…' },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

function operation(route: ApiRoute): Json {
  const needsKey = route.access !== 'public';
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...(!needsKey && { security: [] }),
    'x-access': route.access,
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query'), ...headers(route)],
    ...requestBody(route),
    responses: responses(route, needsKey),
  };
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const json = toJson(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(json.properties ?? {}).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: place === 'path' || (json.required?.includes(name) ?? false),
    ...(description !== undefined && { description }),
    schema: property,
  }));
}

function headers(route: ApiRoute): Json[] {
  if (!route.idempotent) return [];
  const description = 'The same key and body again answers as the first time; with another body 409';
  return [{ name: 'Idempotency-Key', in: 'header', description, schema: { type: 'string', maxLength: 255 } }];
}

function requestBody(route: ApiRoute): Json {
  const bodies = route.rawBodies ?? (route.body ? { 'application/json': route.body } : undefined);
  if (!bodies) return {};
  const content = Object.fromEntries(
    Object.entries(bodies).map(([type, schema]) => [type, { schema: toJson(schema, 'input') }]),
  );
  return { requestBody: { required: true, content } };
}

function responses(route: ApiRoute, needsKey: boolean): Json {
  const given = Object.entries(route.answers).map(([status, answer]) => [
    status,
    { description: answer.description, ...(answer.schema && { content: content(answer, answer.schema) }) },
  ]);
  const hasBody = route.body !== undefined || route.rawBodies !== undefined;
  const possible = Object.entries(problems).filter(([status]) => {
    if (status in route.answers) return false;
    if (route.refusals?.includes(Number(status))) return true;
    if (['401', '403', '429'].includes(status)) return needsKey;
    if (['400', '409', '413', '415'].includes(status)) return hasBody;
    if (status === '404') return route.params !== undefined;
    if (status === '422') return hasBody || route.query !== undefined;
    return true;
  });
  const failing = possible.map(([status, description]) => [
    status,
    { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
  ]);
  return Object.fromEntries([...given, ...failing]);
}

function content({ type = 'application/json', exports = false }: ApiAnswer, schema: z.ZodType): Json {
  const text = { schema: { type: 'string' } };
  return {
    [type]: { schema: toJson(schema, 'output') },
    ...(exports && { 'text/csv': text, 'application/jsonl': text }),
  };
}

/**
 * Moments are texts in JSON; zod has no JSON Schema for `Date` of its own. Limits of texts are for what is sent:
 * records that came of events have texts as those had them.
 */
function toJson(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
      if (io === 'input' || jsonSchema.type !== 'string' || jsonSchema.format !== undefined) return;
      for (const limit of ['minLength', 'maxLength', 'pattern'] as const) delete jsonSchema[limit];
    },
  }) as Json;
  return json;
}
