import type { SmokeSpec } from '../../domain/app.ts';
import { type Target, targetLabel } from '../../domain/name.ts';
import { defineStep, type StepResult } from '../step.ts';
import { ask, type SmokePorts } from './smoke.ts';

export interface RestoredInput {
  readonly target: Target;
  /** What served before the run; null for a first deploy. */
  readonly release: {
    readonly number: number;
    readonly secretsVersion: string;
    readonly smoke: readonly SmokeSpec[];
  } | null;
}

/** After an undo: does what served before serve again, and does it pass its own smoke test? */
export function createRestoredStep(ports: SmokePorts) {
  return defineStep<RestoredInput, Record<string, never>>({
    name: 'restored',
    async run({ target, release }, { progress, signal }) {
      const { engine } = ports;
      await engine.ensure(progress);
      const { active } = await engine.status(target);
      const here = targetLabel(target);
      if (!release) {
        const serves = active ? `${active.id} serves, unverified` : 'nothing serves';
        return lost(`${serves}: ${here} has no earlier release to return to`, { active });
      }
      if (!active) return lost(`nothing serves ${here}, release ${release.number} did before`, {});
      const route = await engine.route(target);
      const checks = await ask(target, release.smoke, { route, version: release.secretsVersion, signal }, ports);
      const bad = checks.find(({ verdict }) => verdict !== 'pass');
      if (bad)
        return lost(`release ${release.number} serves ${here} but fails: ${bad.name}: ${bad.summary}`, { checks });
      const observed = `release ${release.number} serves and passes its smoke test`;
      return { status: 'succeeded', output: {}, observed, changed: false, checks };
    },
  });
}

function lost(summary: string, details: Readonly<Record<string, unknown>>): StepResult<Record<string, never>> {
  return {
    status: 'failed',
    cause: { name: 'engine', summary, hint: 'deploy a version that works' },
    evidence: { details },
  };
}
