import type { Target } from '../../domain/name.ts';
import type { StopReport } from '../../engines/engine.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { StartOutput } from './start.ts';

export interface StopInput {
  readonly target: Target;
}

export type StopOutput = StopReport;

/** Stops the instance that `run` started. */
export function createStopStep({ engine }: Pick<StepPorts, 'engine'>) {
  return defineStep<StopInput, StopOutput>({
    name: 'stop',
    async run({ target }, context) {
      const { instanceId } = context.output<StartOutput>('start');
      await engine.ensure(context.progress);
      const report = await engine.retire(target, instanceId, context);
      const end = report.signal ?? `exit code ${report.exitCode}`;
      const observed = `ended with ${end} after ${Math.round(report.durationMs)} ms`;
      return { status: 'succeeded', output: report, observed, changed: true };
    },
  });
}
