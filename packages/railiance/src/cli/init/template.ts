import type { Detected } from './detect.ts';

/** A commented app.toml: what was found is set, what is usual stands as a comment, ready to be taken in. */
export function appToml(detected: Detected): string {
  return [
    '# How this app is built, run, checked and released.',
    '# Everything but a name is optional: `railiance plan` shows what it comes to.',
    '',
    '[app]',
    `name = ${quoted(detected.name)}`,
    `slug = ${quoted(detected.slug)}`,
    '# owner = "the team"',
    '# criticality = "medium"',
    '',
    ...build(detected),
    ...run(detected),
    ...database(detected),
    '# Secret environment. What is listed here is made up once for each stage.',
    '# [secrets]',
    '# generate = ["SESSION_SECRET"]',
    '',
    ...smoke(detected),
    '# What differs on one stage.',
    '# [stages.production.run]',
    '# replicas = 2',
    '',
  ].join('\n');
}

function build({ builder }: Detected): string[] {
  const found = builder
    ? `# ${builder.because} is here, so the builder is ${builder.name}.`
    : '# No builder was recognised here.';
  return [found, '# [build]', `# builder = ${quoted(builder?.name ?? 'node')}`, ''];
}

function run({ port, fromEnvironment, healthPath }: Detected): string[] {
  const asked = fromEnvironment
    ? '# The engine chooses the port and gives it in $PORT; this is the one it tries for.'
    : '# The engine chooses the port and gives it in $PORT: the app must listen there. No use of PORT was found in the code.';
  return [
    '[run]',
    asked,
    port === undefined ? '# port = 8000' : `port = ${port}`,
    healthPath === undefined ? '# health = "/healthz"' : `health = ${quoted(healthPath)}`,
    '# env = { LOG_LEVEL = "info" }',
    '# volumes = ["/app/data"]',
    '# resources = { memory = "256Mi" }',
    '',
  ];
}

function database({ databaseClient, migrate }: Detected): string[] {
  const because =
    databaseClient === undefined ? [] : [`# The app depends on ${databaseClient.replace(/[^\w@/.-]/g, '')}.`];
  const off = databaseClient === undefined ? '# ' : '';
  const command = migrate ? `migrate = [${migrate.map(quoted).join(', ')}]` : 'migrate = "node migrate.js"';
  return [
    '# A PostgreSQL database of its own for each stage, given in $DATABASE_URL.',
    ...because,
    `${off}[database]`,
    `${migrate && off === '' ? '' : '# '}${command}`,
    '',
  ];
}

function smoke({ healthPath }: Detected): string[] {
  const path = healthPath ?? '/';
  return [
    '# What must hold of a new version before it serves, and again when it does.',
    '[[smoke]]',
    `path = ${quoted(path)}`,
    healthPath === undefined ? '# expect = { status = 200, body = "Welcome" }' : 'expect = { status = 200 }',
    '',
  ];
}

/** A TOML basic string: for the characters that detection lets through, JSON's form is the same. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
