import * as z from 'zod';

import { build } from './build.ts';
import { key } from './key.ts';
import * as value from './values.ts';

export const appSchemaName = 'railiance.app.v1';

const table = { error: 'expected a table' };

const volume = z.union(
  [
    value.absolutePath(),
    z.strictObject(
      {
        name: value.name().meta({ description: 'Name of the volume.' }),
        path: value.absolutePath().meta({ description: 'Where the image finds it.' }),
        size: key(value.size(), 'Size of the claim on a cluster.', '1Gi'),
        fill: key(
          value.flag(),
          'On a cluster: while it is empty, what the image has at that path is copied there, by its own `node`, or its `sh` and `cp`.',
          false,
        ),
      },
      table,
    ),
  ],
  { error: 'expected a path such as "/data", or { name = "…", path = "…" }' },
);

const health = z.union(
  [value.urlPath(), z.strictObject({ path: value.urlPath().meta({ description: 'Path that is asked.' }) }, table)],
  { error: 'expected a path such as "/healthz", or { path = "/healthz" }' },
);

const resources = z.strictObject(
  {
    memory: key(value.size(), 'Memory the app may use.'),
    cpus: key(
      z
        .number({ error: 'expected a number of CPUs' })
        .min(0.01, { error: 'expected at least 0.01' })
        .max(1024, { error: 'expected at most 1024' }),
      'CPUs the app may use; `0.5` is half of one.',
    ),
  },
  table,
);

const run = z.strictObject(
  {
    port: key(value.port(), 'Port the app would like. The engine may give another: the app listens on `$PORT`.', 8000),
    command: key(value.command(), "Command inside the image; without it the image's own."),
    env: key(value.environment(), 'Plain environment of the app. What is secret belongs to `[secrets]`.'),
    health: key(health, 'Path that answers below 400 when the app is ready. Without it: TCP, then `GET /` below 500.'),
    start_timeout: key(value.duration(), 'Time to become ready.', '60s'),
    stop_timeout: key(value.duration(), 'Time to end after SIGTERM, before SIGKILL.', '30s'),
    replicas: key(value.whole(1, 100), 'Copies that run side by side.', 1),
    resources: key(resources, 'Limits. One that the machine cannot give is stated.'),
    volumes: key(
      z.array(volume, { error: 'expected an array of volumes' }),
      'Folders of the image that outlive a release: a path, or a name and a path.',
    ),
    runtime: key(
      z.enum(['docker', 'podman', 'rootfs', 'process']),
      'What runs images on this machine; without it the first that works.',
    ),
  },
  table,
);

const deploy = z.strictObject(
  {
    chart: key(
      value.reference('a chart: a path, a git URL or an OCI reference'),
      'Helm chart: a path, a sibling checkout, a git URL or an OCI reference.',
    ),
    namespace: key(value.name(), 'Kubernetes namespace.'),
    host: key(value.host(), 'Public host name.'),
    values: key(value.texts(value.reference('a path')), 'Values files for the chart, the later ones win.'),
  },
  table,
);

const database = z.strictObject(
  {
    name: key(value.identifier(), 'Database. Default: the slug, with `_` for `-`.'),
    user: key(value.identifier(), 'Role that owns it. Default: the name of the database.'),
    migrate: key(value.command(), 'Command inside the image that migrates the database, run before the switch.'),
    migrate_timeout: key(value.duration(), 'Time a migration may take.', '5m'),
    scope: key(z.enum(['stage', 'shared']), '`stage`: one database for each stage. `shared`: one for all.', 'stage'),
  },
  table,
);

const secrets = z.strictObject(
  {
    file: key(value.relativePath(), 'SOPS file, below the folder of app.toml.'),
    required: key(value.texts(value.variable()), 'Variables without which the app is not started.'),
    generate: key(
      value.texts(value.variable()),
      'Variables whose values are made up once for each stage: 32 random bytes, base64url.',
    ),
  },
  table,
);

const expectation = z.strictObject(
  {
    status: key(value.whole(100, 599), 'Status. Without it: any below 500.'),
    body: key(value.words(), 'Text that the body contains, or a pattern written `/…/`.'),
    header: key(
      z.record(value.words(), value.words(), table),
      'Header → text that it contains, or a pattern written `/…/`.',
    ),
    within: key(value.duration(), 'Longest time that one answer may take.', '5s'),
  },
  table,
);

const smoke = z
  .strictObject(
    {
      name: key(value.words(), 'Name of the test. Default: method and path.'),
      path: value.urlPath().meta({ description: 'Path that is asked, through the real route.' }),
      method: key(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']), 'Method.', 'GET'),
      headers: key(
        z.record(value.words(), value.words(), table),
        `Headers; \`\${NAME}\` stands for the secret of that name.`,
      ),
      body: key(z.string({ error: 'expected a string' }), 'Body of the request.'),
      form: key(
        z.record(value.words(), value.words(), table),
        `Fields of a form, sent by POST as a page of the app would; \`\${NAME}\` stands for the secret of that name.`,
      ),
      visit: key(
        z.array(value.urlPath()),
        'Paths that are asked afterwards with the cookies of the answer, as somebody who signed in; each must answer 200.',
      ),
      expect: key(expectation, 'What the answer must be.'),
      passes: key(value.whole(1, 100), 'Passes in a row that are needed.', 1),
    },
    table,
  )
  .refine(({ body, form }) => body === undefined || form === undefined, {
    error: 'has a body and a form: a request carries one of them',
  });

const retention = z.strictObject(
  {
    keep: key(value.whole(1, 1000), 'Releases of each stage, and newest versions, whose images are kept.', 5),
    registry: key(value.flag(), 'Removes from the registry what nothing needs, after each release.', false),
  },
  table,
);

const sections = {
  build: key(build, 'How the image is made.'),
  run: key(run, 'How the image is run.'),
  deploy: key(deploy, 'Where and how it is deployed on a cluster.'),
  database: key(database, 'Gives the app a PostgreSQL database of its own as `$DATABASE_URL`; may be empty.'),
  secrets: key(secrets, 'Secret environment of the app.'),
  smoke: key(
    z.array(smoke, { error: 'expected [[smoke]] tables' }),
    'Tests against the running release. Without one: the health path.',
  ),
  retention: key(retention, 'What is kept.'),
};

const stage = z.strictObject(
  {
    ...sections,
    approval: key(
      value.flag(),
      "A person's yes is needed before this stage is changed. Default: true where `criticality` is `critical` and the stage is production.",
    ),
    observe: key(value.duration(), 'How long a new release is watched before it counts as verified.'),
  },
  table,
);

const app = z.strictObject(
  {
    name: value.words().meta({ description: 'Name for people.' }),
    slug: key(value.name(), 'Name for machines: host names, paths, images. Default: `name`, where it is one.'),
    kind: key(value.name(), 'What kind of workload it is.', 'native'),
    registry: key(
      value.reference('a repository of a registry such as "registry.example.org/team/app"'),
      'Repository that images are pushed to, without a tag.',
    ),
    criticality: key(z.enum(['low', 'medium', 'high', 'critical']), 'How much depends on it.', 'medium'),
    owner: key(value.words(), 'Who answers for it.'),
    description: key(value.words(), 'What it is for.'),
  },
  { error: 'expected a table [app] with at least a name' },
);

/** `app.toml`, without its defaults: those are applied when the stage is known. */
export const appSchema = z.strictObject({
  schema_version: key(z.literal(appSchemaName), 'Version of this format.', appSchemaName),
  app: app.meta({ description: 'What it is.' }),
  ...sections,
  stages: key(
    z.record(value.name(), stage, { error: 'expected tables [stages.<name>]' }),
    'What differs on one stage: any of the tables above. Arrays replace, tables are merged.',
  ),
});

export type AppFile = z.output<typeof appSchema>;
export type StageOverride = z.output<typeof stage>;
export type AppSections = Omit<StageOverride, 'approval' | 'observe'>;
