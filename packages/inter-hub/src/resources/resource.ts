import * as z from 'zod';

/** A kind of record of the API, said whole: its routes, its document and its SQL come from this. */
export interface Resource {
  /** Plural, as in the address: `/api/v2/widgets`. */
  readonly name: string;
  readonly singular: string;
  /** One sentence for the API reference. */
  readonly summary: string;
  readonly table: string;
  /** `required`: belongs to a hub, named by its slug; `optional`: may; `none`: to none, only administrators write. */
  readonly hub: 'required' | 'optional' | 'none';
  /** Columns of an answer beside `id`, `hub` and `created_at`. */
  readonly fields: z.ZodRawShape;
  /** What a new record takes; without it, records are not made by this route. */
  readonly create?: z.ZodRawShape;
  /** What may change later; without it, nothing does. */
  readonly update?: z.ZodRawShape;
  /** Columns that lists filter by equality. */
  readonly filters: readonly string[];
  /** Column → table it refers to; the record there must be of the same hub. */
  readonly references?: Readonly<Record<string, string>>;
  /** Columns the hub fills in from who asked. */
  readonly authored?: readonly string[];
  /** Columns that hold JSON; an array would else be taken for one of PostgreSQL's. */
  readonly json?: readonly string[];
  /** Only keys with `admin` see it. */
  readonly adminOnly?: boolean;
}

export function defineResource(resource: Resource): Resource {
  return resource;
}

/** Types that records share. */
export const slug = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/, 'must be a name: lower-case letters, digits, inner hyphens');
export const line = z.string().trim().min(1).max(300);
export const text = z.string().max(20_000);
export const id = z.uuid();
export const moment = z.iso.datetime({ offset: true });
export const severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
export const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hex digits');
export const object = z.record(z.string(), z.unknown());
