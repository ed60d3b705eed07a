import { chooseBuilder, createBuilders, readRevision } from '../builders/index.ts';
import { loadBlueprint } from '../config/blueprint.ts';
import { given } from '../config/given.ts';
import type { Home } from '../config/home.ts';
import type { Exec } from '../exec/exec.ts';
import { createLayoutImageStore } from '../pipeline/layoutImageStore.ts';
import type { StepPorts } from '../pipeline/stepPorts.ts';
import type { Environment } from './output/terminal.ts';
import type { Output } from './output.ts';

export interface BuildAround {
  readonly home: Home;
  readonly env: Environment;
  readonly exec: Exec;
  /** Credentials are taken out of it. */
  readonly output: Pick<Output, 'redactWith'>;
}

export type BuildTools = Pick<StepPorts, 'images' | 'builderFor' | 'revisionOf'>;

/** What a build needs, and no more: it is asked for more often than anything else, and is to be there at once. */
export function openBuildTools({ home, env, exec, output }: BuildAround): BuildTools {
  const builders = createBuilders({
    exec,
    cacheDir: home.cache,
    nodesOf: async ({ directory }) => (await loadBlueprint(directory, directory)).nodes,
    registryFor: async (host, { directory }) => {
      const [{ Registry }, { registryOptions }] = await Promise.all([
        import('../oci/index.ts'),
        import('./registry/open.ts'),
      ]);
      const { registry } = await loadBlueprint(directory, directory);
      return new Registry(registryOptions(host, 'pull', { env, output }, registry));
    },
    ssh: given({ configFile: env.RAILIANCE_SSH_CONFIG }),
  });
  return {
    images: createLayoutImageStore(home.images),
    builderFor: (app) => chooseBuilder(app.directory, builders, app.build.builder),
    revisionOf: (directory) => readRevision(directory, exec),
  };
}
