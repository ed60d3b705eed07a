import * as z from 'zod';

import { exitCodes, Failure } from '../../domain/failure.ts';
import { isName } from '../../domain/name.ts';

const words = () => z.string().min(1).max(400);
const name = () => z.string().refine(isName, { error: 'expected a name: lower-case letters, digits, inner hyphens' });
const address = () =>
  z.string().regex(/^(\[[0-9a-f:]+\]|[a-zA-Z0-9.-]+):\d{1,5}$/, { error: 'expected an address with its port' });

const schema = z.strictObject({
  kubeconfig: words().optional(),
  context: words().optional(),
  via: name().optional(),
  namespace: name().optional(),
  state_namespace: name().default('railiance'),
  helm: words().default('helm'),
  history_max: z.number().int().min(3).max(50).default(10),
  pull_secret: name().optional(),
  database: z
    .strictObject({
      url: z
        .string()
        .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:[^\p{Cc}]+|secret:[a-z0-9.-]+\/[a-z0-9.-]+\/[\w.-]+)$/u, {
          error: 'expected a reference: "env:NAME", "file:path" or "secret:namespace/name/key", never a value',
        }),
    })
    .optional(),
  domain: words().optional(),
  ingress: z
    .strictObject({
      kind: z.enum(['traefik', 'ingress']).optional(),
      class: name().default('traefik'),
      http: address().optional(),
      https: address().optional(),
      tls: z.strictObject({ secret: name().optional(), resolver: words().optional() }).optional(),
      entrypoints: z.array(words()).min(1).optional(),
    })
    .prefault({}),
});

/** What a stage of this engine says in `[stages.settings]`. */
export type ClusterSettings = Readonly<z.output<typeof schema>>;

/** @throws Failure (invalid input) naming each problem */
export function clusterSettings(stage: string, settings: Readonly<Record<string, unknown>>): ClusterSettings {
  const read = schema.safeParse(settings);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`);
  throw new Failure(`read the settings of stage ${stage}`, problems.join('; '), {
    hint: 'docs/operate/kubernetes.md lists the settings of a stage with engine = "kubernetes"',
    exitCode: exitCodes.invalidInput,
  });
}
