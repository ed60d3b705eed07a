import type { CheckContext } from '../../checks/check.ts';
import type { SmokeSpec } from '../../domain/app.ts';
import type { Target } from '../../domain/name.ts';
import type { CheckResult, Evidence } from '../../domain/verdict.ts';
import type { Route } from '../../engines/engine.ts';
import { createRedactor } from '../../exec/redact.ts';
import { defineStep, type StepContext, type StepResult } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { SecretsOutput } from './secrets.ts';
import type { StartOutput } from './start.ts';

export interface SmokeInput {
  readonly target: Target;
  /** `candidate`: the new instance alone. `public`: as everybody reaches the app. */
  readonly through: 'candidate' | 'public';
  readonly checks: readonly SmokeSpec[];
  /** Asks again and again for so long; absent: once. */
  readonly watchMs?: number;
}

export interface SmokeOutput {
  readonly url: string;
}

export type SmokePorts = Pick<StepPorts, 'engine' | 'smokeCheck' | 'secrets' | 'clock'>;

const watchEveryMs = 1_000;

/** Does what was started answer as app.toml says it must, through its real route? */
export function createSmokeStep(ports: SmokePorts) {
  return defineStep<SmokeInput, SmokeOutput>({
    name: 'smoke',
    interruptible: true,
    async run(input, context) {
      const { instanceId, candidate } = context.output<StartOutput>('start');
      const { version } = context.output<SecretsOutput>('secrets');
      const route = input.through === 'candidate' ? candidate : await ports.engine.route(input.target);
      const untilMs = ports.clock.elapsedMs() + (input.watchMs ?? 0);
      for (;;) {
        const results = await ask(input.target, input.checks, { route, version, signal: context.signal }, ports);
        const failure = await failureOf(results, input, instanceId, context, ports);
        if (failure) return failure;
        if (ports.clock.elapsedMs() >= untilMs) {
          const observed = `${results.length} of ${results.length} pass at ${route.url}`;
          return { status: 'succeeded', output: { url: route.url }, observed, changed: false, checks: results };
        }
        await ports.clock.sleep(watchEveryMs, context.signal);
      }
    },
  });
}

/** Asks every check once, in order, so that one that writes comes before one that reads. */
export async function ask(
  target: Target,
  specs: readonly SmokeSpec[],
  { route, version, signal }: { readonly route: Route; readonly version: string; readonly signal: AbortSignal },
  { smokeCheck, secrets }: Pick<SmokePorts, 'smokeCheck' | 'secrets'>,
): Promise<readonly CheckResult[]> {
  const values = await secrets.get(target, version);
  const context: CheckContext = {
    route,
    signal,
    redact: createRedactor(Object.values(values).map((secret) => secret.reveal())),
    secret: (name) => (Object.hasOwn(values, name) ? values[name]?.reveal() : undefined),
  };
  const results: CheckResult[] = [];
  for (const spec of specs) results.push(await smokeCheck.run(spec, context));
  return results;
}

async function failureOf(
  checks: readonly CheckResult[],
  { through, target }: SmokeInput,
  instanceId: string,
  { signal }: StepContext,
  { engine }: SmokePorts,
): Promise<StepResult<SmokeOutput> | undefined> {
  const bad = checks.find(({ verdict }) => verdict === 'fail') ?? checks.find(({ verdict }) => verdict === 'unknown');
  if (!bad) return undefined;
  signal.throwIfAborted();
  const seen: Evidence = await engine.evidence(target, instanceId).catch(() => ({}));
  return {
    status: bad.verdict === 'fail' ? 'failed' : 'errored',
    cause: {
      name: 'smoke',
      summary: `${bad.name}: ${bad.summary}, through the ${through} route`,
      ...(bad.hint !== undefined && { hint: bad.hint }),
    },
    evidence: { ...seen, details: { ...seen.details, checks } },
    checks,
  };
}
