import type { AppSpec } from '../domain/app.ts';
import type { Placement } from '../engines/engine.ts';

/** Where and how an app is put on a cluster, of what app.toml says. */
export function placementOf({ directory, deploy }: Pick<AppSpec, 'directory' | 'deploy'>): Placement {
  const { chart, namespace, host, values } = deploy;
  return {
    directory,
    ...(chart !== undefined && { chart }),
    ...(namespace !== undefined && { namespace }),
    ...(host !== undefined && { host }),
    values,
  };
}
