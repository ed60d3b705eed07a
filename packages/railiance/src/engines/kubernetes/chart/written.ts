import { parseDocument } from 'yaml';

import type { AppSpec } from '../../../domain/app.ts';
import { runValues } from '../values.ts';
import { chartFiles } from './files.ts';

/** The built-in chart as the app's own, to be kept and changed: what app.toml says is in its values. */
export function writtenChart(
  { slug, build, run, deploy, database }: Pick<AppSpec, 'slug' | 'build' | 'run' | 'deploy' | 'database'>,
  repository: string,
): Readonly<Record<string, string>> {
  const files = chartFiles(slug);
  // Helm reads by YAML 1.1, where more words are no strings: a variable may be "on".
  const values = parseDocument(files['values.yaml'] ?? '', { compat: 'yaml-1.1' });
  const { resources, ...rest } = runValues(run, build.builder === 'node' ? 'node' : 'sh');
  const given: Readonly<Record<string, unknown>> = {
    ...rest,
    env: run.env,
    ...(resources && { resources }),
    secretRef: `${slug}-env`,
  };
  values.setIn(['app'], slug);
  values.setIn(['image', 'repository'], repository);
  if (deploy.host !== undefined) values.setIn(['ingress', 'host'], deploy.host);
  if (database?.migrate) values.setIn(['migration', 'command'], values.createNode(database.migrate, { flow: true }));
  for (const [name, value] of Object.entries(given)) values.setIn([name], values.createNode(value));
  return {
    ...files,
    'values.yaml': values.toString({ lineWidth: 0 }),
    'values.prod.yaml': `# What differs in production.\nreplicas: ${run.replicas}\n`,
  };
}
