/** One environment, in the order of the blueprint. */
export interface Stage {
  readonly name: string;
  readonly engine: string;
  /** Production refuses artifacts of a dirty tree. */
  readonly production: boolean;
  /** The engine's own settings from the blueprint, checked by that engine. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The stage after `name`, or undefined at the end. */
export function nextStage(stages: readonly Stage[], name: string): Stage | undefined {
  const at = stages.findIndex((stage) => stage.name === name);
  return at < 0 ? undefined : stages[at + 1];
}
