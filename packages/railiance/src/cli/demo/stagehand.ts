import { type Target, target } from '../../domain/name.ts';
import type { Release } from '../../domain/release.ts';
import type { CauseName } from '../../domain/verdict.ts';
import type { RunSummary } from '../../pipeline/runSummary.ts';
import type { StepPorts } from '../../pipeline/stepPorts.ts';
import { perform } from '../carryOut.ts';
import type { Toolbox } from '../compose.ts';
import { bold, dim, green, red } from '../output/text.ts';
import type { Output } from '../output.ts';
import { deployPlan, promotePlan, restartPlan, rollbackPlan, runPlan } from '../plans.ts';
import { printSummary } from '../runObserver.ts';
import { type Selection, select } from '../selection.ts';
import type { AppFolder } from './appFolder.ts';
import { answerOf } from './visitor.ts';

/** One thing that the demo promises to show, and whether it was seen. */
export interface Sight {
  readonly what: string;
  readonly seen: boolean;
}

interface Parts {
  readonly app: AppFolder;
  readonly toolbox: Toolbox;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Carries the verbs out as a person would type them, and looks whether what was promised came about. */
export class Stagehand {
  readonly sights: Sight[];
  /** Of the failures that were caught, in words. */
  readonly causes: string[] = [];
  readonly #parts: Parts;
  #acts = 0;

  constructor(parts: Parts, sights: Sight[] = []) {
    this.#parts = parts;
    this.sights = sights;
  }

  /** The same for another app, with what was seen kept together. */
  with(app: AppFolder): Stagehand {
    return new Stagehand({ ...this.#parts, app }, this.sights);
  }

  act(title: string): void {
    const { output } = this.#parts;
    this.#acts += 1;
    output.note('');
    output.note(bold(`${this.#acts}. ${title}`));
  }

  /** Shows a command line as a person would type it. */
  type(line: string): void {
    this.#parts.output.note(dim(`   $ ${line}`));
  }

  /** Something to take away, such as an address, on a line of its own. */
  show(words: string, thing: string): void {
    this.#parts.output.note(dim(`   ${words}`));
    this.#parts.output.note(['   ', bold(thing)]);
  }

  /** Notes whether something was seen; the demo goes on to the end either way. */
  see(what: string, seen: boolean): void {
    this.sights.push({ what, seen });
    this.#parts.output.note([seen ? green('   ✓ ') : red('   ✗ '), seen ? dim(what) : red(`not seen: ${what}`)]);
  }

  async run(): Promise<RunSummary> {
    const selection = await this.#select('local');
    return this.#perform('railiance run', selection, (ports) => runPlan(ports, selection, { despite: [] }));
  }

  /** @param stage the first after local, unless given */
  async deploy(stage?: string): Promise<RunSummary> {
    const selection = await this.#select(stage);
    const typed = stage === undefined ? 'railiance deploy' : `railiance deploy --stage ${stage}`;
    return this.#perform(typed, selection, (ports) => deployPlan(ports, selection, { despite: [] }));
  }

  async promote(from: string, to: string): Promise<RunSummary> {
    const selection = await this.#select(to);
    const { stage } = await this.#select(from);
    return this.#perform('railiance promote', selection, (ports) =>
      promotePlan(ports, selection, stage, { despite: [] }),
    );
  }

  async restart(on: string): Promise<RunSummary> {
    const { app, stage, blueprint } = await this.#select(on);
    const about = { app: app.slug, stage };
    const typed = `railiance restart --stage ${on}`;
    return this.#perform(typed, { app, stage, blueprint }, (ports) => restartPlan(ports, about, { despite: [] }));
  }

  async rollback(on: string): Promise<RunSummary> {
    const { app, stage, blueprint } = await this.#select(on);
    const about = { app: app.slug, stage };
    return this.#perform('railiance rollback', { app, stage, blueprint }, (ports) =>
      rollbackPlan(ports, about, { despite: [] }),
    );
  }

  /** A bad version was caught for its own reason, its evidence kept, and nothing that serves has changed. */
  async seeCaught(summary: RunSummary, cause: CauseName, servedBefore: string | undefined): Promise<void> {
    if (summary.cause) this.causes.push(summary.cause.summary);
    const failed = summary.steps.find(({ id }) => id === summary.failedStep);
    this.see(
      `it is caught, and its cause named: ${cause}`,
      summary.state === 'rolled-back' && summary.cause?.name === cause,
    );
    this.see('its evidence is saved', failed?.evidenceFile !== undefined);
    const serving = await this.serving(summary.stage);
    this.see('the old version goes on serving', serving !== undefined && serving === servedBefore);
  }

  /** Id of the instance that the public route leads to. */
  async serving(stage: string): Promise<string | undefined> {
    const { engine } = this.#parts.toolbox;
    return (await engine.status(this.#target(stage))).active?.id;
  }

  async page(stage: string): Promise<string> {
    const { engine } = this.#parts.toolbox;
    return (await answerOf(await engine.route(this.#target(stage)))).body;
  }

  async release(stage: string): Promise<Release | undefined> {
    return await this.#parts.toolbox.releases.newest(this.#target(stage));
  }

  #target(stage: string): Target {
    return target(this.#parts.app.slug, stage);
  }

  #select(stage: string | undefined): Promise<Selection> {
    const { dir } = this.#parts.app;
    return select({ reference: dir, stage, cwd: dir });
  }

  async #perform(
    typed: string,
    { app, stage, blueprint }: Selection,
    plan: (ports: StepPorts) => ReturnType<typeof deployPlan>,
  ): Promise<RunSummary> {
    const { output, toolbox } = this.#parts;
    this.type(typed);
    const summary = await perform(
      { app: app.slug, stage, hub: blueprint.hub, command: typed, plan },
      0,
      this.#parts,
      toolbox,
    );
    if (!output.json) printSummary(summary, output);
    return summary;
  }
}
