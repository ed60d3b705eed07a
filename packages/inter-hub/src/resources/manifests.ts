import * as z from 'zod';
import { defineResource, line, text } from './resource.ts';

const status = z.enum(['draft', 'active', 'retired']);
const capabilities = z.array(z.unknown()).max(200).optional();

export const manifests = defineResource({
  name: 'hub-capability-manifests',
  singular: 'hub-capability-manifest',
  summary: 'What a hub offers, by version',
  table: 'hub_capability_manifests',
  hub: 'required',
  fields: { version: z.string(), status, capabilities, app_toml: text.nullish() },
  create: { version: line, status: status.optional(), capabilities, app_toml: text.nullish() },
  update: { status: status.optional(), capabilities },
  json: ['capabilities'],
  filters: ['status', 'version'],
});
