import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { assertName, type Target } from '../domain/name.ts';

/** Where railiance keeps its state on this machine. Nothing is written outside it, the app's folder and temporary files. */
export interface Home {
  readonly root: string;
  /** OCI image layout of everything built here. */
  readonly images: string;
  /** The local engine's agent: socket, state, instances, logs. */
  readonly agent: string;
  /** Data directory and credentials of the embedded PostgreSQL. */
  readonly postgres: string;
  /** What the hub has still to be told, and its key. */
  readonly hub: string;
  /** Content-addressed cache; safe to delete. */
  readonly cache: string;
  /** A folder for each app, with one for each stage in it. */
  readonly apps: string;
  /** Everything that belongs to one app on one stage: releases, runs, lease, secrets, volumes. */
  target(target: Target): string;
}

/** `$RAILIANCE_HOME`, else `$XDG_STATE_HOME/railiance`, else `~/.local/state/railiance`. */
export function homeAt(env: Readonly<Record<string, string | undefined>>): Home {
  const usual = () => join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'railiance');
  const root = resolve(env.RAILIANCE_HOME || usual());
  return {
    root,
    images: join(root, 'images'),
    agent: join(root, 'agent'),
    postgres: join(root, 'postgres'),
    hub: join(root, 'hub'),
    cache: join(root, 'cache'),
    apps: join(root, 'apps'),
    target: ({ app, stage }) => join(root, 'apps', assertName('app', app), assertName('stage', stage)),
  };
}
