import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { makeStateFolder } from '../config/stateFolder.ts';
import { durationMs, durationPattern } from '../config/units.ts';
import type { HubSpec } from '../domain/blueprint.ts';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { type Target, target } from '../domain/name.ts';
import type { Plan } from '../domain/plan.ts';
import type { Stage } from '../domain/stage.ts';
import type { Runner } from '../pipeline/runner.ts';
import type { RunSummary } from '../pipeline/runSummary.ts';
import type { StepPorts } from '../pipeline/stepPorts.ts';
import type { Override } from '../pipeline/steps/gate.ts';
import type { SourceInput } from '../pipeline/steps/source.ts';
import { ensureApproved } from './approval/ensureApproved.ts';
import { flag, list, text, textOrBare } from './command.ts';
import { openToolbox, type Toolbox } from './compose.ts';
import { warnOfUntold } from './hub/untold.ts';
import { assertAsSaved, printLiveObjects, readPlan, withLiveObjects } from './liveObjects.ts';
import type { Environment } from './output/terminal.ts';
import { dim } from './output/text.ts';
import type { Output } from './output.ts';
import { observeRuns, printSummary } from './runObserver.ts';

/** Options of every verb that changes a stage. */
export const runOptions = {
  plan: flag('print the steps it would take, and stop'),
  out: text('file', 'with --plan: write the plan to a file as JSON'),
  planned: text(
    'file',
    'only if the plan is still the one in this file, and nobody changed the objects of the cluster since',
  ),
  wait: textOrBare(
    'duration',
    '24h',
    "wait for another run on this app and stage, or for a person's yes; 24h, or e.g. 5m",
  ),
  despite: list('check', 'go on although this check does not pass; needs --reason'),
  reason: text('words', 'why a check is overridden; goes on record'),
};

export interface RunChoices {
  readonly plan: boolean;
  readonly out: string | undefined;
  readonly planned: string | undefined;
  readonly wait: string | undefined;
  readonly despite: readonly string[];
  readonly reason: string | undefined;
}

export interface Surroundings {
  readonly output: Output;
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** One change of one stage: what it is about, and how its plan is made from what is there. */
export interface Change {
  readonly app: string;
  readonly stage: Stage;
  /** It needs a person's yes. */
  readonly approval: boolean;
  /** Who is told of it, where the blueprint names a hub. */
  readonly hub: HubSpec | undefined;
  /** As typed, for whoever finds the lease taken. */
  readonly command: string;
  readonly plan: (ports: StepPorts) => Promise<Plan>;
  /** Refuses what no run can mend, before anything is started for it; asks no more than that takes. */
  readonly refuse?: (ports: StepPorts) => Promise<void>;
}

/** Prints the plan, or carries it out and says how it ended. Resolves with the exit code. */
export async function carryOut(change: Change, choices: RunChoices, around: Surroundings): Promise<number> {
  refuseLoneOptions(choices);
  const toolbox = await openToolbox(around.env, around.output, around.cwd);
  if (choices.plan) {
    const ports = toolbox.portsFor(change.stage);
    const plan = await withLiveObjects(await change.plan(ports), ports.engine);
    if (choices.out !== undefined) await savePlan(plan, resolve(around.cwd, choices.out), ports);
    return printPlan(plan, around.output);
  }
  const saved = choices.planned === undefined ? undefined : await readPlan(resolve(around.cwd, choices.planned));
  const waitMs = waitMsOf(choices.wait);
  await change.refuse?.(toolbox.portsFor(change.stage));
  await ensureApproved(change, waitMs, around, toolbox);
  const summary = await perform(saved ? asSaved(change, saved) : change, waitMs, around, toolbox);
  if (change.hub) await warnOfUntold(change.hub, toolbox.home, around.output);
  around.output.result(summary, () => printSummary(summary, around.output));
  return summary.exitCode;
}

/** Asked under the lease: from then on nobody who asks for it changes anything. */
function asSaved(change: Change, saved: Plan): Change {
  return {
    ...change,
    plan: async (ports) => {
      const plan = await change.plan(ports);
      await assertAsSaved(saved, plan, ports.engine);
      return plan;
    },
  };
}

/** Carries a plan out with its progress on the screen. @throws Failure where nothing was begun */
export async function perform(
  { app, stage, hub, command, plan }: Omit<Change, 'approval'>,
  waitMs: number,
  { output, signal }: Pick<Surroundings, 'output' | 'signal'>,
  toolbox: Toolbox,
): Promise<RunSummary> {
  const ports = toolbox.portsFor(stage);
  await makeStateFolder(toolbox.home.root);
  const isCluster = stage.engine === 'kubernetes';
  if (isCluster) loadGate();
  await makeReady(ports, output);
  const runner: Runner = toolbox.runnerFor(stage, hub, observeRuns(output));
  const of = target(app, stage.name);
  const options = { target: of, actor: toolbox.actor, command, signal, waitMs };
  const summary = await runner.run({ ...options, plan: () => plan(ports) });
  if (isCluster && summary.state === 'succeeded') await noteCluster(toolbox, of);
  return summary;
}

/** Where the next deploy will be missed if it leads elsewhere. */
async function noteCluster({ home, clusters }: Toolbox, of: Target): Promise<void> {
  const { rememberCluster } = await import('./cluster/lastCluster.ts');
  const cluster = await clusters.at(of);
  const identity = await cluster?.identity().catch(() => undefined);
  if (identity) await rememberCluster(home, of, identity);
}

/** What is asked of a cluster before anything is changed: there is time to load it while the cluster gives its first answers. */
function loadGate(): void {
  Promise.all([import('./gate/stageChecks.ts'), import('./gate/clusterChecks.ts')]).catch(() => {});
}

export async function makeReady({ engine }: StepPorts, output: Output): Promise<void> {
  await engine.ensure((event) => event.kind === 'note' && output.note(dim(event.text)));
}

/** Whoever names a file for the plan wants to see one, and no deploy. */
function refuseLoneOptions({ plan, out, despite, reason }: RunChoices): void {
  const alone =
    out !== undefined && !plan
      ? (['--out', '--plan'] as const)
      : reason !== undefined && despite.length === 0
        ? (['--reason', '--despite <check>'] as const)
        : undefined;
  if (!alone) return;
  throw new Failure('read the command line', `${alone[0]} says nothing without ${alone[1]}`, {
    hint: `add ${alone[1]}, or leave ${alone[0]} out`,
    exitCode: exitCodes.invalidInput,
  });
}

/** @throws Failure (invalid input) */
export function overridesOf({ despite, reason }: Pick<RunChoices, 'despite' | 'reason'>): readonly Override[] {
  if (despite.length > 0 && !reason?.trim()) {
    throw new Failure('override a check', 'there is no reason given', {
      hint: `--despite ${JSON.stringify(despite[0])} --reason "why it is safe"`,
      exitCode: exitCodes.invalidInput,
    });
  }
  return despite.map((check) => ({ check, reason: reason?.trim() ?? '' }));
}

/** @throws Failure (invalid input) */
export function waitMsOf(wait: string | undefined): number {
  if (wait === undefined) return 0;
  if (durationPattern.test(wait)) return durationMs(wait);
  throw new Failure('read --wait', `${JSON.stringify(wait)} is no duration`, {
    hint: 'write it as 30s, 5m or 1h, or put --wait at the end',
    exitCode: exitCodes.invalidInput,
  });
}

function printPlan(plan: Plan, output: Output): number {
  output.result(plan, () => {
    for (const note of plan.notes) output.line(note);
    output.table(
      [
        { title: '', value: ({ changes }) => (changes ? '~' : dim('·')) },
        { title: 'STEP', value: ({ id }) => id },
        { title: 'DOES', value: ({ title }) => title, flexible: true },
      ],
      plan.steps,
      'nothing to do',
    );
    output.line(dim('~ changes something; everything else only looks'));
    if (plan.objects) printLiveObjects(plan.objects, output);
  });
  return exitCodes.done;
}

/** @throws Failure where the file is there already, or would be one of the app's own: then the plan would be another one */
async function savePlan(plan: Plan, file: string, { revisionOf }: StepPorts): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(plan, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    throw new Failure(`write the plan to ${file}`, problemOf(error), {
      hint:
        (error as NodeJS.ErrnoException).code === 'EEXIST'
          ? 'choose a file that is not there yet'
          : 'choose a file in a folder that can be written',
      exitCode: exitCodes.invalidInput,
    });
  }
  const source = plan.steps.find(({ id }) => id === 'source')?.input as SourceInput | undefined;
  if (!source || (await revisionOf(source.directory)).tag === source.revision.tag) return;
  await rm(file);
  throw new Failure(`write the plan to ${file}`, 'there it is part of the source that it is about', {
    hint: `choose a file outside of ${source.directory}, or one that .gitignore names`,
    exitCode: exitCodes.invalidInput,
  });
}
