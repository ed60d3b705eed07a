import type { StepDefinition, StepOf } from './step.ts';
import type { StepPorts } from './stepPorts.ts';
import { createActivateStep } from './steps/activate.ts';
import { createBuildStep } from './steps/build.ts';
import { createCleanExitStep } from './steps/cleanExit.ts';
import { createGateStep } from './steps/gate.ts';
import { createKeptSecretsStep } from './steps/keptSecrets.ts';
import { createMigrateStep } from './steps/migrate.ts';
import { createProvisionStep } from './steps/provision.ts';
import { createPruneStep } from './steps/prune.ts';
import { createPruneRegistryStep } from './steps/pruneRegistry.ts';
import { createPushStep } from './steps/push.ts';
import { createRecordStep } from './steps/record.ts';
import { createRestoredStep } from './steps/restored.ts';
import { createRetireStep } from './steps/retire.ts';
import { createSecretsStep } from './steps/secrets.ts';
import { createSmokeStep } from './steps/smoke.ts';
import { createSourceStep } from './steps/source.ts';
import { createStartStep } from './steps/start.ts';
import { createStopStep } from './steps/stop.ts';
import { createVerifyStep } from './steps/verify.ts';

function definitions(ports: StepPorts) {
  return {
    source: createSourceStep(ports),
    build: createBuildStep(ports),
    verify: createVerifyStep(ports),
    push: createPushStep(ports),
    gate: createGateStep(ports),
    provision: createProvisionStep(ports),
    secrets: createSecretsStep(ports),
    'kept-secrets': createKeptSecretsStep(ports),
    migrate: createMigrateStep(ports),
    start: createStartStep(ports),
    smoke: createSmokeStep(ports),
    activate: createActivateStep(ports),
    record: createRecordStep(ports),
    retire: createRetireStep(ports),
    prune: createPruneStep(ports),
    'prune-registry': createPruneRegistryStep(ports),
    stop: createStopStep(ports),
    'clean-exit': createCleanExitStep(),
    restored: createRestoredStep(ports),
  };
}

type Definitions = ReturnType<typeof definitions>;

/** What each step reads, by the name that plans use. */
export type StepInputs = { readonly [Name in keyof Definitions]: Parameters<Definitions[Name]['run']>[0] };

/** Every step of a stage, wired to its ports. The returned function throws for a name that no step has. */
export function createSteps(ports: StepPorts): StepOf {
  const steps: Readonly<Record<string, StepDefinition<object, object>>> = definitions(ports);
  return ({ id, uses }) => {
    const step = Object.hasOwn(steps, uses) ? steps[uses] : undefined;
    if (!step) throw new Error(`step "${id}" uses "${uses}", which this version of railiance does not have`);
    return step;
  };
}
