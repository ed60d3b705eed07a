import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';

import type { Home } from '../config/home.ts';
import { findUp } from '../config/workspace.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import type { Stage } from '../domain/stage.ts';
import type { Apis, ClusterStage } from './clusterStage.ts';
import type { Environment } from './output/terminal.ts';

/** The stages that are clusters, as far as they are known: those of the blueprint here or above, and those that a verb names. */
export interface Clusters {
  /** A stage that a verb is about, whichever blueprint it comes from. */
  know(stage: Stage): void;
  /**
   * Undefined for a stage of this machine; where the blueprint cannot be read, for what has releases on this machine: a
   * broken file must not stand between a person and the old version.
   * @throws Failure where its settings or its kubeconfig are wrong
   */
  at(target: Pick<Target, 'stage'> & Partial<Target>): Promise<ClusterStage | undefined>;
  names(): Promise<readonly string[]>;
}

export function createClusters(env: Environment, home: Home, cwd: string): Clusters {
  const known = new Map<string, Stage>();
  const open = new Map<string, Promise<ClusterStage>>();
  const apis: Apis = new Map();
  let read: Promise<void> | undefined;
  const load = () => {
    // Compiling all of it takes a third of what a look at a cluster does. Nothing else is worth a cache.
    enableCompileCache(join(home.cache, 'compiled'));
    return import('./clusterStage.ts');
  };
  const readBlueprint = () => {
    read ??= clusterStagesAbove(cwd).then((stages) => {
      for (const stage of stages) if (!known.has(stage.name)) known.set(stage.name, stage);
    });
    return read;
  };

  return {
    know: (stage) => {
      if (stage.engine === 'kubernetes') known.set(stage.name, stage);
    },

    async at({ app, stage: name }) {
      if (!known.has(name)) {
        const isHere = app !== undefined && existsSync(join(home.target({ app, stage: name }), 'releases'));
        await readBlueprint().catch((error: unknown) => {
          if (!isHere) throw error;
        });
      }
      const stage = known.get(name);
      if (!stage) return undefined;
      const opened = open.get(name) ?? load().then((module) => module.openClusterStage(stage, { env, home, apis }));
      open.set(name, opened);
      return await opened;
    },

    async names() {
      await readBlueprint();
      return [...known.keys()];
    },
  };
}

/** Looking must be quick: the schemas are loaded only where the file speaks of a cluster at all, Node's file promises not. */
async function clusterStagesAbove(cwd: string): Promise<readonly Stage[]> {
  const file = await findUp('blueprint.toml', cwd);
  if (file === undefined || !readFileSync(file, 'utf8').includes('kubernetes')) return [];
  const { loadBlueprint } = await import('../config/blueprint.ts');
  const { stages } = await loadBlueprint(dirname(file), cwd);
  return stages.filter(({ engine }) => engine === 'kubernetes');
}

/** Names each target once. */
export function distinct(targets: readonly Target[]): readonly Target[] {
  return [...new Map(targets.map((target) => [targetLabel(target), target])).values()];
}
