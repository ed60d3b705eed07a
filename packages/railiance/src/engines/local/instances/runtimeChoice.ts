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

/** Asking may cost the start of a container, and the answer seldom changes. */
const freshMs = 300_000;

export function createRuntimeChoice(runtimes: readonly Runtime[], clock: Clock): RuntimeChoice {
  const known = new Map<Runtime, { readonly atMs: number; readonly answer: Promise<Availability> }>();
  const ask = async (runtime: Runtime): Promise<SurveyedRuntime> => {
    let asked = known.get(runtime);
    if (!asked || clock.elapsedMs() - asked.atMs > freshMs) {
      asked = { atMs: clock.elapsedMs(), answer: availabilityOf(runtime) };
      known.set(runtime, asked);
    }
    return { runtime, availability: await asked.answer };
  };
  return {
    survey: () => Promise.all(runtimes.map(ask)),
    choose: async (wanted) => {
      const asked: SurveyedRuntime[] = [];
      for (const runtime of runtimes) {
        if (wanted && runtime.name !== wanted) continue;
        const surveyed = await ask(runtime);
        if (surveyed.availability.available) return runtime;
        asked.push(surveyed);
      }
      // Whoever does what the hint says is not told the same again.
      known.clear();
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

async function availabilityOf(runtime: Runtime): Promise<Availability> {
  return runtime.available().catch((error: unknown) => ({ available: false, why: problemOf(error) }));
}
