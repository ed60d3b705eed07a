import type { Target } from '../../domain/name.ts';
import { restoreRoute } from '../restoreRoute.ts';
import { defineStep } from '../step.ts';
import type { StepPorts } from '../stepPorts.ts';
import type { StartOutput } from './start.ts';

export interface ActivateInput {
  readonly target: Target;
}

export interface ActivateOutput {
  readonly url: string;
}

/** Leads the public route to the new instance. The old one goes on running until the release is recorded. */
export function createActivateStep(ports: Pick<StepPorts, 'engine' | 'images' | 'releases'>) {
  const { engine } = ports;
  return defineStep<ActivateInput, ActivateOutput>({
    name: 'activate',

    async run({ target }, context) {
      const { instanceId, reused } = context.output<StartOutput>('start');
      await engine.ensure(context.progress);
      // Also where the engine says that it leads there: the switch of a process that died may be half done.
      if (!reused) await engine.activate(target, instanceId, context);
      const { url } = await engine.route(target);
      return { status: 'succeeded', output: { url }, observed: `${url} leads to ${instanceId}`, changed: !reused };
    },

    async undo({ target }, _output, context) {
      const { previous } = context.output<StartOutput>('start');
      await engine.ensure(context.progress);
      await restoreRoute(target, previous, context, ports);
    },
  });
}
