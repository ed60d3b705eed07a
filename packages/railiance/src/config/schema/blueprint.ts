import * as z from 'zod';

import { key } from './key.ts';
import * as value from './values.ts';

export const blueprintSchemaName = 'railiance.blueprint.v1';

export const nodeRoles = ['workstation', 'builder', 'registry', 'cluster'] as const;

export const engineNames = ['local', 'kubernetes'] as const;

const table = { error: 'expected a table' };

const role = () => z.enum(nodeRoles);

const ssh = z.strictObject(
  {
    host: key(
      value.reference('an alias of ~/.ssh/config, or an address'),
      'Alias of `~/.ssh/config`, or an address. Default: the address of the node.',
    ),
    user: key(value.reference('a user name'), 'User. Default: as the SSH configuration says.'),
    port: key(value.port(), 'Port. Default: as the SSH configuration says.'),
    key: key(value.reference('a path'), 'File of the private key. Default: as the SSH configuration says.'),
  },
  table,
);

const nodeResources = z.strictObject(
  {
    cpus: key(z.number({ error: 'expected a number of CPUs' }).positive({ error: 'expected more than 0' }), 'CPUs.'),
    memory: key(value.size(), 'Memory.'),
    disk: key(value.size(), 'Disk.'),
  },
  table,
);

const fileCheck = z.strictObject(
  {
    path: value.absolutePath().meta({ description: 'File on the node.' }),
    min_size: key(value.size(), 'Least size; without it, that it exists.'),
  },
  table,
);

const commandCheck = z.strictObject(
  {
    run: value.command().meta({ description: 'Command on the node.' }),
    expect: key(value.words(), 'Text that it prints, or a pattern written `/…/`; without it, that it exits with 0.'),
  },
  table,
);

const checks = {
  file: key(fileCheck, 'A file, and its least size.'),
  memory_free: key(value.size(), 'Memory that must be free.'),
  port: key(value.port(), 'Port that must answer.'),
  command: key(commandCheck, "A command's answer."),
};

const constraint = z
  .strictObject(
    {
      name: value.words().meta({ description: 'What is known.' }),
      impact: key(value.words(), 'What happens because of it.'),
      mitigation: key(value.words(), 'What is done about it.'),
      ...checks,
    },
    table,
  )
  .refine((one) => Object.keys(checks).filter((name) => name in one).length <= 1, {
    error: `expected at most one of ${Object.keys(checks).join(', ')}`,
  });

const node = z.strictObject(
  {
    title: key(value.words(), 'Name for people.'),
    description: key(value.words(), 'What it is used for.'),
    role: z
      .union([role().transform((one) => [one]), z.array(role()).min(1, { error: 'expected at least one role' })], {
        error: 'expected a role or an array of roles',
      })
      .meta({ description: 'What it is for.' }),
    address: key(value.reference('a host name or an address'), 'Host name or IP address.'),
    platform: key(value.words(), 'Operating system and architecture.'),
    ssh: key(ssh, 'How it is reached; without it, it is this machine.'),
    resources: key(nodeResources, 'What it has.'),
    env: key(value.environment(), 'Environment of everything that is run on it.'),
    constraints: key(
      z.array(constraint, { error: 'expected [[…constraints]] tables' }),
      'What is known to go wrong; each with at most one check.',
    ),
  },
  table,
);

const credential = () =>
  value.confidential(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:[^\p{Cc}]+|docker)$/u,
    'a reference: "env:NAME", "file:path" or "docker" (~/.docker/config.json), never a value',
  );

const registry = z.strictObject(
  {
    push: value.reference('an address with its port').meta({ description: 'Address that images are pushed to.' }),
    pull: key(value.reference('an address with its port'), 'Address that the stages pull from. Default: `push`.'),
    plain_http: key(value.flag(), 'It speaks HTTP without TLS.', false),
    token: key(
      z.enum(['prefetch', 'realm']),
      "`realm`: tokens come from where the registry's challenge says. `prefetch`: from its own address, whatever the challenge says.",
      'realm',
    ),
    ca: key(value.words(), 'File of certificates that are trusted besides the well-known ones, relative to this file.'),
    credentials: key(
      z.strictObject(
        {
          push: key(credential(), 'Where the credentials for pushing are kept.'),
          pull: key(credential(), 'Where the credentials for pulling are kept.'),
        },
        table,
      ),
      'References, never values: `env:NAME`, `file:path` or `docker`.',
    ),
  },
  table,
);

const stage = z.strictObject(
  {
    name: value.name().meta({ description: 'Name of the stage.' }),
    engine: key(z.enum(engineNames), 'What runs its releases.', 'local'),
    production: key(
      value.flag(),
      'Refuses artifacts of a dirty tree. Default: true for the stage named `production`, else for the last one.',
    ),
    pull: key(
      value.flag(),
      'Its images come from `[registry]`, where whatever is put on it is pushed first. Default: true for `kubernetes`.',
    ),
    approval: key(value.flag(), "A person's yes is needed before this stage is changed, whatever the app says.", false),
    settings: key(z.record(z.string(), z.unknown(), table), "The engine's own settings, checked by it."),
  },
  table,
);

const hubKey = () =>
  value.confidential(
    /^(store|env:[A-Za-z_][A-Za-z0-9_]*|file:[^\p{Cc}]+)$/u,
    'a reference: "store", "env:NAME" or "file:path", never a value',
  );

const hub = z.strictObject(
  {
    url: value.url().meta({ description: 'Address of the hub.' }),
    key: key(
      hubKey(),
      "Where its key is kept. `store`: this machine's secret store, by `railiance events login`.",
      'store',
    ),
  },
  table,
);

export const blueprintSchema = z.strictObject({
  schema_version: key(z.literal(blueprintSchemaName), 'Version of this format.', blueprintSchemaName),
  title: key(value.words(), 'Name of the whole.'),
  nodes: key(z.record(value.name(), node, { error: 'expected tables [nodes.<name>]' }), 'The machines.'),
  registry: key(registry, 'Where images are kept.'),
  stages: key(
    z.array(stage, { error: 'expected [[stages]] tables' }).max(50, { error: 'expected at most 50 stages' }),
    'The stages, in order. `local` is always the first; without any there are `local` and `production`.',
  ),
  hub: key(hub, 'The console that is told what happens.'),
});

export type BlueprintFile = z.output<typeof blueprintSchema>;
