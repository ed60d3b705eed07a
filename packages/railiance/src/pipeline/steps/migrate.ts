import type { RunSpec } from '../../domain/app.ts';
import { lastWords } from '../../domain/lastWords.ts';
import type { Target } from '../../domain/name.ts';
import type { Placement } from '../../engines/engine.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { PushOutput } from './push.ts';
import type { SecretsOutput } from './secrets.ts';
import type { VerifyOutput } from './verify.ts';

export interface MigrateInput {
  readonly target: Target;
  readonly run: RunSpec;
  readonly deploy: Placement;
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

export interface MigrateOutput {
  readonly durationMs: number;
}

/**
 * Runs the app's migrations from its own image, before the switch. What has been applied is known to the app's own
 * ledger, so that running them again is safe; they are never taken back.
 */
export function createMigrateStep({ engine, images }: Pick<StepPorts, 'engine' | 'images'>) {
  return defineStep<MigrateInput, MigrateOutput>({
    name: 'migrate',
    async run({ target, run, deploy, command, timeoutMs }, { runId, fencing, signal, progress, output, outputOf }) {
      await engine.ensure(progress);
      const { artifact } = output<VerifyOutput>('verify');
      const { version: secretsVersion } = output<SecretsOutput>('secrets');
      const { layoutDir } = images;
      const id = `${runId}-migrate`;
      const image = outputOf<PushOutput>('push')?.reference;
      const pulled = image === undefined ? {} : { image };
      const task = { ...target, id, artifact, layoutDir, ...pulled, deploy, run, secretsVersion, command, timeoutMs };
      const result = await engine.task(task, { fencing, signal, progress });
      const { exitCode, signal: killedBy, timedOut, lines, durationMs } = result;
      if (exitCode === 0) {
        const observed = lines.at(-1) ?? 'ended with exit code 0';
        return { status: 'succeeded', output: { durationMs }, observed, changed: true };
      }
      const end = timedOut
        ? `did not end within ${timeoutMs / 1000} s`
        : `ended with ${killedBy ?? `exit code ${exitCode}`}`;
      const last = lastWords(lines);
      return {
        status: 'failed',
        cause: {
          name: 'migration',
          summary: `${command.join(' ')} ${end}${last === undefined ? '' : `: ${last}`}`,
          hint: 'mend the migration and deploy again; what serves was not touched',
        },
        evidence: { logs: lines, exitCode, signal: killedBy, details: { command, timedOut, durationMs } },
      };
    },
  });
}
