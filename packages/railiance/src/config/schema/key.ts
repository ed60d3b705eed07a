import type * as z from 'zod';

/**
 * An optional key with what the reference says about it: its meaning, and its default as it would be written. Defaults are
 * applied after stages are merged, so that a stage never brings back a default over a value of the app.
 */
export function key<Schema extends z.ZodType>(schema: Schema, description: string, otherwise?: unknown) {
  return schema.optional().meta({ description, ...(otherwise === undefined ? {} : { default: otherwise }) });
}
