import { defineStep } from '../step.ts';
import type { StopOutput } from './stop.ts';

export interface CleanExitInput {
  readonly stopTimeoutMs: number;
}

/** Did SIGTERM end the app, or had it to be killed? */
export function createCleanExitStep() {
  return defineStep<CleanExitInput, Record<string, never>>({
    name: 'clean-exit',
    async run({ stopTimeoutMs }, { output }) {
      const report = output<StopOutput>('stop');
      if (report.clean) return { status: 'succeeded', output: {}, observed: 'SIGTERM was enough', changed: false };
      return {
        status: 'failed',
        cause: {
          name: 'unclean-exit',
          summary: `the app did not end within ${stopTimeoutMs / 1000} s of SIGTERM and was killed`,
          hint: 'close the server on SIGTERM, or raise stop_timeout in [run]',
        },
        evidence: { exitCode: report.exitCode, signal: report.signal, details: { ...report } },
      };
    },
  });
}
