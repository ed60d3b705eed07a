import { hostname } from 'node:os';
import { join } from 'node:path';
import { readCommitTimes } from '../builders/index.ts';
import { smokeCheck } from '../checks/http.ts';
import type { DatabaseProvider } from '../database/database.ts';
import { createEmbeddedDatabase } from '../database/embedded.ts';
import type { HubSpec } from '../domain/blueprint.ts';
import { systemClock } from '../domain/clock.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { Target } from '../domain/name.ts';
import type { Stage } from '../domain/stage.ts';
import type { Engine } from '../engines/engine.ts';
import type { Exec } from '../exec/exec.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { userName } from '../exec/userName.ts';
import { createApprovals } from '../pipeline/approvals.ts';
import { createImageRegistry } from '../pipeline/ociImageRegistry.ts';
import type { RunObserver } from '../pipeline/runEvents.ts';
import { createRunner, type Runner } from '../pipeline/runner.ts';
import type { StepPorts } from '../pipeline/stepPorts.ts';
import { createSteps } from '../pipeline/stepRegistry.ts';
import type { ApprovalStore } from '../releases/approvalStore.ts';
import { createFileApprovalStore } from '../releases/fileApprovalStore.ts';
import { createFileSecretStore } from '../secrets/fileSecretStore.ts';
import { generateMissing } from '../secrets/generate.ts';
import { createFileRevocations, type Revocations } from '../secrets/revocations.ts';
import type { SecretStore } from '../secrets/secretStore.ts';
import { createSigner } from '../secrets/signer.ts';
import { storeKey } from '../secrets/storeKey.ts';
import { wordOfHub } from './approval/wordOfHub.ts';
import { openBuildTools } from './buildTools.ts';
import { tellHub } from './hub/tellHub.ts';
import type { Environment } from './output/terminal.ts';
import type { Output } from './output.ts';
import { openRecords, type Records } from './records.ts';
import { openStageRegistry } from './registry/open.ts';
import { routedApprovals, routedRevocations, routedSecrets } from './routed.ts';
import { sealedCopiesIn } from './sealedCopiesIn.ts';
import { sealedOfStage } from './sealedOfStage.ts';

/** Everything a verb needs to change something. */
export interface Toolbox extends Records {
  readonly exec: Exec;
  readonly approvals: ApprovalStore;
  /** Of every stage: on this machine, or in its cluster. */
  readonly secrets: SecretStore;
  readonly revocations: Revocations;
  /** Who asks, as records name them. */
  readonly actor: string;
  portsFor(stage: Stage): StepPorts;
  /** Its runs are told to the hub of the blueprint, where that names one. */
  runnerFor(stage: Stage, hub: HubSpec | undefined, observer: RunObserver): Runner;
}

/** How the gate is to look. */
export interface GateWishes {
  /** At everything again, whatever was seen a while ago. */
  readonly fresh?: boolean;
  /** Also push, pull and delete an image made for that. */
  readonly full?: boolean;
}

/** What the toolbox has to say, and what takes credentials out of all that is printed. */
type Voice = Pick<Output, 'warn' | 'redactWith'>;

const silent: Voice = { warn: () => {}, redactWith: () => {} };

export async function openToolbox(
  env: Environment,
  output: Voice = silent,
  cwd?: string,
  gate: GateWishes = {},
): Promise<Toolbox> {
  const warn = (text: string) => output.warn(text);
  const records = await openRecords(env, cwd);
  const { home, engine, releases, runs, leases, clusters } = records;
  const files = createFileSecretStore({ home });
  const secrets = routedSecrets(async (target) => (await clusters.at(target))?.secrets ?? files);
  const clock = systemClock;
  const exec = createLocalExec();
  const approvalFiles = createFileApprovalStore({ home, clock, signer: createSigner(() => storeKey(home)) });
  const approvals = routedApprovals(async (target) => (await clusters.at(target))?.approvals ?? approvalFiles);
  const revocationFiles = createFileRevocations(home);
  const revocations = routedRevocations(async (target) => (await clusters.at(target))?.revocations ?? revocationFiles);
  const database = keptByAgent(createEmbeddedDatabase({ home, clock, exec }), engine);
  const ports: Omit<StepPorts, 'engine' | 'registry' | 'gateChecks' | 'recordsOf'> = {
    ...openBuildTools({ home, env, exec, output }),
    smokeCheck,
    approvals: createApprovals({ store: approvals, clock, askHub: (hub) => wordOfHub(hub, { home, env }) }),
    secrets,
    sealedCopies: sealedCopiesIn(records),
    revocations,
    generateMissing,
    database,
    releases,
    clock,
    commitTimes: (directory, names) => readCommitTimes(directory, names, exec),
  };
  const gateTools = {
    home,
    env,
    exec,
    fresh: gate.fresh ?? false,
    full: gate.full ?? false,
  };
  const registryAt = (stage: Stage) => (host: string) => openStageRegistry(host, stage.registry, { env, output });
  const sealedAt = (stage: Stage) => (app: Parameters<typeof sealedOfStage>[0]) =>
    sealedOfStage(app, stage, { env, exec, warn, clusters });
  const portsFor = (stage: Stage): StepPorts => ({
    ...ports,
    sealedSecrets: sealedAt(stage),
    recordsOf: portsFor,
    ...(stage.engine === 'kubernetes' && { elsewhere: (target: Target) => records.elsewhere(target) }),
    engine: engineOf(stage, records),
    database: databaseOf(stage, records, database),
    gateChecks: async (question) => {
      const { stageChecks } = await import('./gate/stageChecks.ts');
      const tools = {
        ...gateTools,
        stage,
        sealedSecrets: sealedAt(stage),
        registry: stage.registry,
        openRegistry: registryAt(stage),
      };
      return stageChecks(question, await clusters.at({ stage: stage.name }), tools);
    },
    registry: createImageRegistry({
      open: registryAt(stage),
      memoryDir: join(home.cache, 'pushed'),
    }),
  });
  return {
    ...records,
    exec,
    approvals,
    secrets,
    revocations,
    actor: `${userName()}@${hostname()}`,
    portsFor,
    runnerFor: (stage, hub, observer) =>
      createRunner({
        runs: tellHub(runs, stage, hub, { home, env, warn }),
        ...{ leases, clock, observer },
        stepOf: createSteps(portsFor(stage)),
      }),
  };
}

/** What goes by a target is routed to the target's stage already; readiness and checks are asked of the stage itself. */
function engineOf(stage: Stage, { engine, clusters }: Records): Engine {
  if (stage.engine === engine.name) return engine;
  clusters.know(stage);
  const open = async (): Promise<Engine> => {
    const cluster = await clusters.at({ stage: stage.name });
    if (cluster) return cluster.engine;
    throw new Failure(`open stage ${stage.name}`, `this railiance has no engine ${JSON.stringify(stage.engine)}`, {
      hint: 'set engine = "local" or "kubernetes" for that stage in blueprint.toml',
      exitCode: exitCodes.dependencyMissing,
    });
  };
  return {
    ...engine,
    name: stage.engine,
    ensure: async (progress) => (await open()).ensure(progress),
    check: async (run, image, placed) => (await open()).check(run, image, placed),
  };
}

/** Of a cluster it is asked only when an app wants a database there. */
function databaseOf(stage: Stage, { clusters }: Records, here: DatabaseProvider): DatabaseProvider {
  if (stage.engine !== 'kubernetes') return here;
  const open = async () => {
    clusters.know(stage);
    const database = (await clusters.at({ stage: stage.name }))?.database;
    if (database) return database;
    throw new Failure(`make a database on stage ${stage.name}`, 'its settings name no PostgreSQL', {
      hint: 'database = { url = "env:PGADMIN" } in its settings; or railiance secrets set DATABASE_URL',
      exitCode: exitCodes.dependencyMissing,
    });
  };
  return {
    ensure: async (progress) => (await open()).ensure(progress),
    provision: async (target, spec) => (await open()).provision(target, spec),
    knownUrl: async (target, spec) => (await open()).knownUrl(target, spec),
    nextLogin: async (target, spec) => (await open()).nextLogin(target, spec),
    turnLogin: async (target, spec, role) => (await open()).turnLogin(target, spec, role),
    status: async () => (await open()).status(),
    stop: async () => {},
  };
}

/** The agent keeps the server running; this process only makes roles and databases on it. */
function keptByAgent(database: DatabaseProvider, engine: Records['engine']): DatabaseProvider {
  return { ...database, ensure: () => engine.ensureService('postgres') };
}
