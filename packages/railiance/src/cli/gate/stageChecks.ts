import { join } from 'node:path';

import { loadBlueprint } from '../../config/blueprint.ts';
import { given } from '../../config/given.ts';
import type { Home } from '../../config/home.ts';
import type { AppSpec } from '../../domain/app.ts';
import type { BlueprintNode } from '../../domain/blueprint.ts';
import type { RegistrySpec } from '../../domain/registry.ts';
import type { Stage } from '../../domain/stage.ts';
import type { Exec } from '../../exec/exec.ts';
import { createSshExec } from '../../exec/ssh/sshExec.ts';
import type { Registry } from '../../oci/index.ts';
import type { GateCheck, GateQuestion, StepPorts } from '../../pipeline/stepPorts.ts';
import { isMadeHere } from '../../secrets/madeHere.ts';
import type { ClusterStage } from '../clusterStage.ts';
import { existingFolder } from '../doctor/stateDirectory.ts';
import type { Environment } from '../output/terminal.ts';
import { rememberedCheck } from './rememberedCheck.ts';

export interface GateTools {
  readonly home: Home;
  readonly env: Environment;
  readonly exec: Exec;
  readonly sealedSecrets: NonNullable<StepPorts['sealedSecrets']>;
  /** Look at everything again, whatever was seen a while ago. */
  readonly fresh: boolean;
  /** Also push, pull and delete an image made for that. */
  readonly full: boolean;
  readonly stage: Stage;
  /** Of the stage. */
  readonly registry: RegistrySpec | undefined;
  readonly openRegistry: (host: string) => Registry;
}

const leastFreeBytes = 512 * 2 ** 20;
const minuteMs = 60_000;

/** All that is asked for one stage. */
export async function stageChecks(
  question: GateQuestion,
  cluster: ClusterStage | undefined,
  tools: GateTools,
): Promise<readonly GateCheck[]> {
  const { nodes, registry } = await loadBlueprint(question.app.directory, question.app.directory);
  const everywhere = await everyStageChecks(question, nodes, tools);
  if (cluster === undefined) return everywhere;
  const { clusterChecks, mirrorFileChecks } = await import('./clusterChecks.ts');
  const mirrors = registry?.plainHttp ? mirrorFileChecks(nodes, registry, tools) : [];
  return [...(await clusterChecks(question, cluster, tools)), ...mirrors, ...everywhere];
}

/** What is asked for every stage: room on this machine, a key for the app's secrets, and what the blueprint knows of its nodes. */
async function everyStageChecks(
  { app }: GateQuestion,
  nodes: readonly BlueprintNode[],
  tools: GateTools,
): Promise<readonly GateCheck[]> {
  return [await roomCheck(tools), await keyCheck(app, tools), ...(await constraintChecks(nodes, app, tools))];
}

async function roomCheck({ home }: GateTools): Promise<GateCheck> {
  const { diskSpaceCheck } = await import('../../checks/diskSpace.ts');
  const input = { folder: await existingFolder(home.root), leastBytes: leastFreeBytes };
  return { name: diskSpaceCheck.name, run: (context) => diskSpaceCheck.run(input, context) };
}

async function keyCheck(app: AppSpec, { sealedSecrets, stage }: GateTools): Promise<GateCheck> {
  const { secretsKeyCheck } = await import('../../checks/secretsKey.ts');
  const open = async () => {
    const opened = await sealedSecrets(app);
    return opened && { names: Object.keys(opened.values) };
  };
  const input = { open, required: app.secrets.required.filter((name) => !isMadeHere(app, name, stage)) };
  return { name: secretsKeyCheck.name, run: (context) => secretsKeyCheck.run(input, context) };
}

/** Of every node that has to do with this app. */
async function constraintChecks(
  nodes: readonly BlueprintNode[],
  app: AppSpec,
  tools: GateTools,
): Promise<readonly GateCheck[]> {
  const concerned = nodes.filter((node) => concerns(node, app));
  const known = concerned.flatMap((node) =>
    node.constraints.filter(({ check }) => check !== undefined).map((constraint) => ({ node, constraint })),
  );
  if (known.length === 0) return [];
  const { constraintCheck } = await import('../../checks/node/constraint.ts');
  return known.map(({ node, constraint }) => {
    const { name } = node;
    const exec = execOn(node, tools);
    const check: GateCheck = {
      name: `${name}: ${constraint.name}`,
      run: (context) => constraintCheck.run({ node, constraint, exec }, context),
    };
    // What is on this machine is looked at in no time; another machine is not asked for each deploy.
    return node.ssh ? remembered(check, { node: name, constraint }, 10 * minuteMs, tools) : check;
  });
}

/** A machine that only builds does not matter to an app that is not built there. */
function concerns({ name, roles }: BlueprintNode, { build }: AppSpec): boolean {
  return roles.some((role) => role !== 'builder') || (build.nodes?.includes(name) ?? false);
}

/** Runs programs on a node of the blueprint: on this machine where it has no `ssh`. */
export function execOn({ name, ssh }: BlueprintNode, { exec, env }: GateTools): Exec {
  return ssh ? createSshExec(ssh, exec, { name, ...given({ configFile: env.RAILIANCE_SSH_CONFIG }) }) : exec;
}

export function remembered(check: GateCheck, about: unknown, maxAgeMs: number, { home, fresh }: GateTools): GateCheck {
  return rememberedCheck(check, { folder: join(home.cache, 'gate'), about, maxAgeMs, fresh });
}
