import { deployment } from './deployment.ts';
import { helpers } from './helpers.ts';
import { migration } from './migration.ts';
import { route } from './route.ts';
import { service } from './service.ts';
import { defaults } from './values.ts';
import { volume } from './volume.ts';

export const chartVersion = '1.0.0';

/** The files of the built-in chart, by path, for an app of that name. */
export function chartFiles(name: string): Readonly<Record<string, string>> {
  return {
    'Chart.yaml': `apiVersion: v2
name: ${JSON.stringify(name)}
description: ${name}, as railiance puts it on a cluster
type: application
version: ${chartVersion}
kubeVersion: '>=1.28.0-0'
`,
    'values.yaml': defaults,
    'templates/_helpers.tpl': helpers,
    'templates/deployment.yaml': deployment,
    'templates/service.yaml': service,
    'templates/ingress.yaml': route,
    'templates/volume.yaml': volume,
    'templates/migration.yaml': migration,
  };
}
