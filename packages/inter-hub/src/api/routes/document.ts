import * as z from 'zod';
import { defineRoute } from '../route.ts';

/** The document is made once, from the routes that are mounted beside this one. */
export function documentRoute(document: () => Record<string, unknown>) {
  return defineRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'get-openapi',
    tag: 'document',
    summary: 'This document',
    access: 'public',
    answers: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) } },
    handle: async ({ c }) => c.json(document(), 200, { 'Cache-Control': 'public, max-age=300' }),
  });
}
