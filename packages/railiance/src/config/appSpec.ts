import type { AppSpec, BuildSpec, DatabaseSpec, DeploySpec, RunSpec, SmokeSpec, VolumeSpec } from '../domain/app.ts';
import { given } from './given.ts';
import { mergeTables } from './merge.ts';
import type { AppFile, AppSections, StageOverride } from './schema/app.ts';
import { builderNames } from './schema/build.ts';

const second = 1000;
const minute = 60 * second;

/** Defaults and one stage's overrides applied. The defaults are those that the schema's reference names. */
export function appSpec(
  file: AppFile,
  at: { readonly file: string; readonly directory: string; readonly stage: string },
): AppSpec {
  const { app, schema_version: _, stages = {}, ...base } = file;
  const override: StageOverride = stages[at.stage] ?? {};
  const sections: AppSections & StageOverride = mergeTables(base, override);
  const slug = app.slug ?? app.name;
  const run = runSpec(sections.run ?? {});
  return {
    slug,
    name: app.name,
    kind: app.kind ?? 'native',
    criticality: app.criticality ?? 'medium',
    ...given({ owner: app.owner, description: app.description, registry: app.registry }),
    directory: at.directory,
    file: at.file,
    build: buildSpec(sections.build ?? {}),
    run,
    deploy: deploySpec(sections),
    ...given({ database: sections.database && databaseSpec(sections.database, slug) }),
    secrets: {
      ...given({ file: sections.secrets?.file }),
      required: sections.secrets?.required ?? [],
      generate: sections.secrets?.generate ?? [],
    },
    smoke: (sections.smoke ?? [{ name: 'health', path: run.health?.path ?? '/' }]).map(smokeSpec),
    retention: { keep: sections.retention?.keep ?? 5, ...(sections.retention?.registry && { registry: true }) },
  };
}

/** The builder may be named by its table alone. */
function buildSpec(build: NonNullable<AppSections['build']>): BuildSpec {
  const named = builderNames.filter((name) => build[name] !== undefined);
  const builder = build.builder ?? (named.length === 1 ? named[0] : undefined);
  return {
    ...given({ builder, nodes: build.nodes }),
    options: (builder && build[builder]) ?? {},
    env: build.env ?? {},
  };
}

function runSpec(run: NonNullable<AppSections['run']>): RunSpec {
  const health = typeof run.health === 'string' ? { path: run.health } : run.health;
  return {
    port: run.port ?? 8000,
    ...given({ command: run.command, health, runtime: run.runtime }),
    env: run.env ?? {},
    startTimeoutMs: run.start_timeout ?? minute,
    stopTimeoutMs: run.stop_timeout ?? 30 * second,
    replicas: run.replicas ?? 1,
    resources: given({ memoryBytes: run.resources?.memory, cpus: run.resources?.cpus }),
    volumes: (run.volumes ?? []).map(volumeSpec),
  };
}

type VolumeEntry = NonNullable<NonNullable<AppSections['run']>['volumes']>[number];

/** `/app/data` is named `app-data`. */
function volumeSpec(volume: VolumeEntry): VolumeSpec {
  if (typeof volume !== 'string') {
    const { name, path, size, fill } = volume;
    return { name, path, ...given({ sizeBytes: size, fill }) };
  }
  const words = volume.toLowerCase().match(/[a-z0-9]+/g) ?? ['volume'];
  return { name: words.join('-').slice(-53).replace(/^-/, ''), path: volume };
}

function deploySpec({ deploy = {}, approval, observe }: AppSections & StageOverride): DeploySpec {
  const { chart, namespace, host, values = [] } = deploy;
  return { ...given({ chart, namespace, host, approval, observeMs: observe }), values };
}

function databaseSpec(database: NonNullable<AppSections['database']>, slug: string): DatabaseSpec {
  const name = database.name ?? slug.replaceAll('-', '_').replace(/^(?=\d)/, 'db_');
  return {
    name,
    user: database.user ?? name,
    ...given({ migrate: database.migrate }),
    migrateTimeoutMs: database.migrate_timeout ?? 5 * minute,
    scope: database.scope ?? 'stage',
  };
}

function smokeSpec(smoke: NonNullable<AppSections['smoke']>[number]): SmokeSpec {
  const { path, form, method = form ? 'POST' : 'GET', headers = {}, expect = {}, passes = 1 } = smoke;
  return {
    name: smoke.name ?? `${method} ${path}`,
    path,
    method,
    headers,
    ...given({ body: smoke.body, form, visit: smoke.visit }),
    expect: {
      ...given({ status: expect.status, body: expect.body }),
      header: expect.header ?? {},
      withinMs: expect.within ?? 5 * second,
    },
    passes,
  };
}
