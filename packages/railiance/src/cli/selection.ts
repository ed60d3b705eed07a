import { dirname } from 'node:path';

import { loadApp } from '../config/app.ts';
import { loadBlueprint } from '../config/blueprint.ts';
import { findApp } from '../config/findApp.ts';
import type { AppSpec } from '../domain/app.ts';
import type { Blueprint } from '../domain/blueprint.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import { nearest } from '../domain/nearest.ts';
import { nextStage, type Stage } from '../domain/stage.ts';

/** What a verb is about: an app as it is to run on one stage, and the stages around it. */
export interface Selection {
  readonly app: AppSpec;
  readonly stage: Stage;
  readonly blueprint: Blueprint;
}

export interface SelectOptions {
  /** Path, folder or slug; undefined for the app.toml here or above. */
  readonly reference: string | undefined;
  /** Undefined for the stage that the verb chooses. */
  readonly stage: string | undefined;
  readonly cwd: string;
  readonly choose?: (stages: readonly Stage[]) => Stage | Promise<Stage>;
}

/** @throws Failure (invalid input) naming the stages there are */
export async function select({ reference, stage, cwd, choose = firstShared }: SelectOptions): Promise<Selection> {
  const file = await findApp(reference, cwd);
  const blueprint = await loadBlueprint(dirname(file), cwd);
  const { stages } = blueprint;
  const chosen = stage === undefined ? await choose(stages) : stageNamed(stages, stage);
  const app = await loadApp(file, { cwd, stage: chosen.name, stages: stages.map(({ name }) => name) });
  return { app, stage: chosen, blueprint };
}

/** The first stage after `local`: where a deploy goes that names none. */
export function firstShared(stages: readonly Stage[]): Stage {
  return nextStage(stages, 'local') ?? stageNamed(stages, 'local');
}

export function stageNamed(stages: readonly Stage[], name: string): Stage {
  const found = stages.find((stage) => stage.name === name);
  if (found) return found;
  const names = stages.map((stage) => stage.name);
  const near = nearest(name, names);
  throw new Failure('choose the stage', `there is no stage ${JSON.stringify(name)}`, {
    hint: near === undefined ? `the stages are ${names.join(', ')}` : `did you mean ${near}?`,
    exitCode: exitCodes.invalidInput,
  });
}
