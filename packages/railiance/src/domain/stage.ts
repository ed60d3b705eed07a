import type { BlueprintNode } from './blueprint.ts';
import type { RegistrySpec } from './registry.ts';

/** One environment, in the order of the blueprint. */
export interface Stage {
  readonly name: string;
  readonly engine: string;
  /** Production refuses artifacts of a dirty tree. */
  readonly production: boolean;
  /** A person's yes is needed before this stage is changed, whatever the app says. */
  readonly approval?: boolean;
  /** The engine's own settings from the blueprint, checked by that engine. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Node that it is changed from: what the engine needs is there and not here. */
  readonly via?: BlueprintNode;
  /** Its images come from a registry: whatever is put on the stage is pushed there first. */
  readonly pulls?: boolean;
  /** The blueprint's registry, on a stage that pulls. */
  readonly registry?: RegistrySpec;
}

/** Apps are given a role and a database there: on this machine always, on a cluster where its settings name a PostgreSQL. */
export function givesDatabases({ engine, settings }: Pick<Stage, 'engine' | 'settings'>): boolean {
  return engine !== 'kubernetes' || settings.database !== undefined;
}

/** The stage after `name`, or undefined at the end. */
export function nextStage(stages: readonly Stage[], name: string): Stage | undefined {
  const at = stages.findIndex((stage) => stage.name === name);
  return at < 0 ? undefined : stages[at + 1];
}
