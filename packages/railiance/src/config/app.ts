import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import type { AppSpec } from '../domain/app.ts';
import { isName, slugOf } from '../domain/name.ts';
import { nearest } from '../domain/nearest.ts';
import { appSpec } from './appSpec.ts';
import { containedPath } from './contained.ts';
import { findApp } from './findApp.ts';
import { check, invalid, type Problem } from './problems.ts';
import { type AppFile, appSchema } from './schema/app.ts';
import { readToml } from './toml/read.ts';

export interface LoadAppOptions {
  /** Absolute; references are relative to it, and messages show paths from here. */
  readonly cwd: string;
  /** Whose `[stages.<name>]` is applied. */
  readonly stage: string;
  /** Names of all stages; a `[stages.<name>]` that is none of them is a problem. */
  readonly stages?: readonly string[];
}

/**
 * One app as it is to run on one stage.
 * @param reference a path to app.toml or its folder, a slug, or undefined for the one here or above
 * @throws Failure (invalid input) with every problem of the file
 */
export async function loadApp(reference: string | undefined, options: LoadAppOptions): Promise<AppSpec> {
  const path = await findApp(reference, options.cwd);
  const file = await readToml(path, options.cwd);
  const app = check(file, appSchema);
  const directory = dirname(path);
  const problems = [
    ...slugProblems(app),
    ...stageProblems(app, options.stages),
    ...volumeProblems(app),
    ...(await secretFileProblems(app, directory)),
  ];
  if (problems.length > 0) throw invalid(file, problems);
  return await withValuesDigest(appSpec(app, { file: path, directory, stage: options.stage }));
}

/** Another content of the values files is another configuration, though their names stay. One that is missing is told of later. */
async function withValuesDigest(spec: AppSpec): Promise<AppSpec> {
  const { deploy, directory } = spec;
  if (deploy.values.length === 0) return spec;
  const hash = createHash('sha256');
  for (const file of deploy.values) {
    const content = await readFile(resolve(directory, file)).catch(() => '');
    hash.update(createHash('sha256').update(content).digest());
  }
  return { ...spec, deploy: { ...deploy, valuesDigest: `sha256:${hash.digest('hex')}` } };
}

/** The sections at the top, and those of each stage, with the path that leads to them. */
function everySection(app: AppFile) {
  const stages = Object.entries(app.stages ?? {});
  return [{ path: [], sections: app }, ...stages.map(([name, sections]) => ({ path: ['stages', name], sections }))];
}

function slugProblems({ app }: AppFile): Problem[] {
  if (app.slug !== undefined || isName(app.name)) return [];
  const slug = slugOf(app.name) || 'my-app';
  const message = `missing, and ${JSON.stringify(app.name)} is no name for machines; write slug = ${JSON.stringify(slug)}`;
  return [{ path: ['app', 'slug'], at: 'key', message }];
}

function stageProblems(app: AppFile, stages: readonly string[] | undefined): Problem[] {
  if (!stages) return [];
  const unknown = Object.keys(app.stages ?? {}).filter((name) => !stages.includes(name));
  return unknown.map((name) => {
    const near = nearest(name, stages);
    const help = near === undefined ? `stages: ${stages.join(', ')}` : `did you mean ${near}?`;
    return { path: ['stages', name], at: 'key', message: `there is no such stage; ${help}` };
  });
}

function volumeProblems(app: AppFile): Problem[] {
  return everySection(app).flatMap(({ path, sections }) => {
    const volumes = (sections.run?.volumes ?? []).map((volume) => (typeof volume === 'string' ? volume : volume.path));
    const names = (sections.run?.volumes ?? []).map((volume) => (typeof volume === 'string' ? undefined : volume.name));
    const repeated = (all: readonly (string | undefined)[]) =>
      all.flatMap((item, at) => (item !== undefined && all.indexOf(item) < at ? [at] : []));
    return [...new Set([...repeated(volumes), ...repeated(names)])].map(
      (at): Problem => ({
        path: [...path, 'run', 'volumes', at],
        at: 'value',
        message: 'has the name or the path of a volume above it',
      }),
    );
  });
}

async function secretFileProblems(app: AppFile, directory: string): Promise<Problem[]> {
  const problems = await Promise.all(
    everySection(app).map(async ({ path, sections }): Promise<Problem[]> => {
      const file = sections.secrets?.file;
      if (file === undefined || (await containedPath(directory, file)) !== undefined) return [];
      return [{ path: [...path, 'secrets', 'file'], at: 'value', message: 'leads out of the folder of app.toml' }];
    }),
  );
  return problems.flat();
}
