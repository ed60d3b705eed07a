import { readFile } from 'node:fs/promises';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import type { LiveObjects, ObjectChange } from '../domain/objectChange.ts';
import { type Plan, planSchema } from '../domain/plan.ts';
import type { Engine } from '../engines/engine.ts';
import type { PushInput } from '../pipeline/steps/push.ts';
import type { StartInput } from '../pipeline/steps/start.ts';
import type { VerifyInput } from '../pipeline/steps/verify.ts';
import { dim } from './output/text.ts';
import type { Output } from './output.ts';

/**
 * The plan with what it does to the objects of a cluster; or with a note on why that cannot be told.
 * @throws Failure (invalid input) where the app's chart or its values cannot be rendered
 */
export async function withLiveObjects(plan: Plan, engine: Engine): Promise<Plan> {
  const objects = await objectsOf(plan, engine).catch((error: unknown) => {
    if (error instanceof Failure && error.exitCode === exitCodes.invalidInput) throw error;
    return problemOf(error);
  });
  if (objects === undefined) return plan;
  if (typeof objects !== 'string') return { ...plan, objects };
  return { ...plan, notes: [...plan.notes, `objects of the cluster: cannot tell what changes: ${objects}`] };
}

async function objectsOf({ app, stage, steps }: Plan, engine: Engine): Promise<LiveObjects | undefined> {
  const inputOf = <Input>(uses: string) => steps.find((step) => step.uses === uses)?.input as Input | undefined;
  const start = inputOf<StartInput>('start');
  const push = inputOf<PushInput>('push');
  if (!start || !push) return undefined;
  const source = inputOf<{ readonly revision: { readonly tag: string } }>('source');
  const tag = inputOf<VerifyInput>('verify')?.artifact?.revision.tag ?? source?.revision.tag ?? '';
  const image = push.published?.reference ?? `${push.repository.pull}:${tag}@(to be built)`;
  return await engine.preview?.({ app, stage, image, tag, run: start.run, deploy: start.deploy });
}

/** @throws Failure (invalid input) where the file holds no plan */
export async function readPlan(file: string): Promise<Plan> {
  try {
    const plan = JSON.parse(await readFile(file, 'utf8')) as Plan;
    if (plan.schema !== planSchema || !Array.isArray(plan.steps)) throw new Error(`its schema is not ${planSchema}`);
    return plan;
  } catch (error) {
    throw new Failure(`read the plan ${file}`, problemOf(error), {
      hint: 'railiance plan --out <file> writes one',
      exitCode: exitCodes.invalidInput,
    });
  }
}

/**
 * What is planned now has to be what was saved, step by step, and nobody may have changed the objects since.
 * @throws Failure (refused) naming what differs
 */
export async function assertAsSaved(saved: Plan, now: Plan, engine: Engine): Promise<void> {
  const refuse = (problem: string) => {
    throw new Failure(`carry out the saved plan of ${saved.app} on ${saved.stage}`, problem, {
      hint: 'look at a new plan: the same command with --plan --out <another file>',
      exitCode: exitCodes.refused,
    });
  };
  const about = ({ command, app, stage }: Plan) => `${command} of ${app} on ${stage}`;
  const [one, other] = [about(saved), about(now)];
  if (one !== other.replace(/^plan/, 'deploy')) refuse(`it is a ${one}, and this is a ${other}`);
  const different = differentStep(saved, now);
  if (different !== undefined) refuse(`since it was saved, ${different}`);
  if (!saved.objects) return;
  const { objects } = await withLiveObjects(now, engine);
  const labels = new Set([...Object.keys(saved.objects.seen), ...Object.keys(objects?.seen ?? {})]);
  const changed = [...labels].filter((label) => saved.objects?.seen[label] !== objects?.seen[label]);
  if (changed.length > 0) refuse(`since it was saved, somebody changed ${changed.join(', ')}`);
}

function differentStep(saved: Plan, now: Plan): string | undefined {
  const steps = new Map(now.steps.map((step) => [step.id, step]));
  for (const step of saved.steps) {
    const same = steps.get(step.id);
    if (!same) return `the step ${step.id} is no longer part of it`;
    if (JSON.stringify(same.input) !== JSON.stringify(step.input)) return `the input of its step ${step.id} changed`;
    steps.delete(step.id);
  }
  const [added] = steps.keys();
  return added === undefined ? undefined : `the step ${added} was added`;
}

const marks: Readonly<Record<ObjectChange['change'], string>> = {
  ...{ create: '+', change: '~', delete: '-' },
  ...{ edited: '!', missing: '!' },
};
const words: Readonly<Record<ObjectChange['change'], string>> = {
  ...{ create: '', change: '', delete: '' },
  ...{ edited: ' was edited by hand; it is put back', missing: ' was taken away by hand; it is made again' },
};

/** One line for each object that does not stay as it is, and one below it for each field. */
export function printLiveObjects({ changes }: LiveObjects, output: Pick<Output, 'line'>): void {
  output.line('');
  if (changes.length === 0) output.line('the objects of the cluster stay as they are, but for those of a new instance');
  for (const { change, kind, name, fields } of changes) {
    output.line(`${marks[change]} ${kind} ${name}${words[change]}`);
    for (const { path, before = '(unset)', after = '(unset)', ...rest } of fields) {
      const isHidden = Object.keys(rest).length === 0 && before === '(unset)' && after === '(unset)';
      output.line(
        `    ${path}: ${isHidden ? dim('another value, which is secret') : `${brief(before)} → ${brief(after)}`}`,
      );
    }
  }
}

/** Digests are told apart by their beginning, as everywhere. */
function brief(value: string): string {
  return value.replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
}
