import * as z from 'zod';

/** The parts of JSON Schema that the configuration's schemas come out with. */
export interface JsonSchema {
  /** What a value looks like, in words. */
  readonly title?: string;
  /** What it means. */
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

/** A schema as editors read it: of what is written in the file, before anything is converted. */
export function jsonSchemaOf(schema: z.ZodType, title: string): JsonSchema {
  const generated = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', reused: 'inline', override: keepDefault });
  return { title, ...generated } as JsonSchema;
}

/** zod leaves out the default of what is converted; ours are written as the file has them. */
function keepDefault(context: {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: Record<string, unknown>;
}): void {
  const otherwise = z.globalRegistry.get(context.zodSchema)?.default;
  if (otherwise !== undefined) context.jsonSchema.default = otherwise;
}
