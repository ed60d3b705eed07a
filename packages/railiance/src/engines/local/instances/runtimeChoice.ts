import type { RunSpec } from '../../../domain/app.ts';
import type { Clock } from '../../../domain/clock.ts';
import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import type { Availability, Runtime } from '../runtimes/runtime.ts';

export interface SurveyedRuntime {
  readonly runtime: Runtime;
  readonly availability: Availability;
}

/** Knows which runtimes this machine has. */
export interface RuntimeChoice {
  /** Every runtime, in order of preference, and whether it works here. */
  survey(): Promise<readonly SurveyedRuntime[]>;
  /**
   * The one that app.toml names, else the first that works.
   * @throws Failure (exit code 6) that names each and why it does not
   */
  choose(wanted: RunSpec['runtime']): Promise<Runtime>;
}

/** Asking costs a process for some runtimes, and the answer seldom changes. */
const freshMs = 30_000;

export function createRuntimeChoice(runtimes: readonly Runtime[], clock: Clock): RuntimeChoice {
  let known: { readonly atMs: number; readonly answer: Promise<readonly SurveyedRuntime[]> } | undefined;
  const survey = () => {
    if (!known || clock.elapsedMs() - known.atMs > freshMs) {
      known = { atMs: clock.elapsedMs(), answer: Promise.all(runtimes.map(surveyOne)) };
    }
    return known.answer;
  };
  return {
    survey,
    choose: async (wanted) => {
      const all = await survey();
      const chosen = all.find((one) => one.availability.available && (!wanted || one.runtime.name === wanted));
      if (chosen) return chosen.runtime;
      const asked = wanted ? all.filter(({ runtime }) => runtime.name === wanted) : all;
      throw new Failure('choose a runtime', asked.length > 0 ? whyNot(asked) : `there is no runtime "${wanted}"`, {
        hint: hintOf(asked) ?? `runtimes are ${runtimes.map(({ name }) => name).join(', ')}`,
        exitCode: exitCodes.dependencyMissing,
      });
    },
  };
}

/** One line that says why none of these can be used. */
export function whyNot(surveyed: readonly SurveyedRuntime[]): string {
  return surveyed
    .flatMap(({ runtime, availability }) => (availability.available ? [] : [`${runtime.name}: ${availability.why}`]))
    .join('; ');
}

function hintOf(surveyed: readonly SurveyedRuntime[]): string | undefined {
  return surveyed.flatMap(({ availability }) => (availability.available ? [] : (availability.hint ?? [])))[0];
}

async function surveyOne(runtime: Runtime): Promise<SurveyedRuntime> {
  const availability = await runtime.available().catch((error: unknown): Availability => {
    return { available: false, why: problemOf(error) };
  });
  return { runtime, availability };
}
