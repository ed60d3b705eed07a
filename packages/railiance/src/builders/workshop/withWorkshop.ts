import { hostname } from 'node:os';
import { join } from 'node:path';

import type { AppSpec } from '../../domain/app.ts';
import type { BlueprintNode } from '../../domain/blueprint.ts';
import type { Exec } from '../../exec/exec.ts';
import type { SshOptions } from '../../exec/ssh/target.ts';
import type { BuildRequest } from '../builder.ts';
import { buildPlaces } from './places.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** What builders that leave the work to another tool are made with. */
export interface WorkshopOwner {
  readonly exec: Exec;
  readonly cacheDir: string;
  /** Nodes of the blueprint that an app belongs to. */
  readonly nodesOf: (app: AppSpec) => Promise<readonly BlueprintNode[]>;
  readonly ssh: SshOptions;
}

export interface Tools {
  /** Names of programs, the first choice first. */
  readonly names: readonly string[];
  readonly otherwise?: string;
}

/** Opens a workshop where the app may be built, and closes it whatever happens. */
export async function withWorkshop<T>(
  { app, progress, signal }: BuildRequest,
  { names: tools, ...help }: Tools,
  { exec, cacheDir, nodesOf, ssh }: WorkshopOwner,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const places = buildPlaces(app, await nodesOf(app), hostname());
  const action = `build ${app.slug}`;
  const folder = join(cacheDir, 'builds');
  const workshop = await openWorkshop({ action, places, tools, ...help, progress, signal }, { exec, ssh, folder });
  try {
    return await work(workshop);
  } finally {
    await workshop
      .close()
      .catch(() => progress({ kind: 'note', text: `${workshop.directory} is left on ${workshop.place.name}` }));
  }
}
