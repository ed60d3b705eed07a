import { join } from 'node:path';

import { loadBlueprint } from '../../config/blueprint.ts';
import { given } from '../../config/given.ts';
import type { Home } from '../../config/home.ts';
import type { AppSpec } from '../../domain/app.ts';
import type { BlueprintNode } from '../../domain/blueprint.ts';
import type { Exec } from '../../exec/exec.ts';
import type { GateCheck, GateQuestion, StepPorts } from '../../pipeline/stepPorts.ts';
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
}

const leastFreeBytes = 512 * 2 ** 20;
const minuteMs = 60_000;

/** All that is asked for one stage. */
export async function stageChecks(
  question: GateQuestion,
  cluster: ClusterStage | undefined,
  tools: GateTools,
): Promise<readonly GateCheck[]> {
  const everywhere = await everyStageChecks(question, tools);
  if (cluster === undefined) return everywhere;
  const { clusterChecks } = await import('./clusterChecks.ts');
  return [...(await clusterChecks(question, cluster, tools)), ...everywhere];
}

/** What is asked for every stage: room on this machine, a key for the app's secrets, and what the blueprint knows of its nodes. */
async function everyStageChecks(question: GateQuestion, tools: GateTools): Promise<readonly GateCheck[]> {
  const { nodes } = await loadBlueprint(question.app.directory, question.app.directory);
  return [
    await roomCheck(tools),
    ...(await keyCheck(question.app, tools)),
    ...(await constraintChecks(nodes, question.app, tools)),
  ];
}

async function roomCheck({ home }: GateTools): Promise<GateCheck> {
  const { diskSpaceCheck } = await import('../../checks/diskSpace.ts');
  const input = { folder: await existingFolder(home.root), leastBytes: leastFreeBytes };
  return { name: diskSpaceCheck.name, run: (context) => diskSpaceCheck.run(input, context) };
}

/** Only where the app has an encrypted file, or says what must be in one. */
async function keyCheck(app: AppSpec, { sealedSecrets }: GateTools): Promise<readonly GateCheck[]> {
  const { secretsKeyCheck } = await import('../../checks/secretsKey.ts');
  const { required, generate } = app.secrets;
  const made = [...generate, ...(app.database ? ['DATABASE_URL'] : [])];
  const open = async () => {
    const opened = await sealedSecrets(app);
    return opened && { names: Object.keys(opened.values) };
  };
  const input = { open, required: required.filter((name) => !made.includes(name)) };
  return [{ name: secretsKeyCheck.name, run: (context) => secretsKeyCheck.run(input, context) }];
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
  const [{ constraintCheck }, { createSshExec }] = await Promise.all([
    import('../../checks/node/constraint.ts'),
    import('../../exec/ssh/sshExec.ts'),
  ]);
  const ssh = given({ configFile: tools.env.RAILIANCE_SSH_CONFIG });
  return known.map(({ node, constraint }) => {
    const { name } = node;
    const exec = node.ssh ? createSshExec(node.ssh, tools.exec, { ...ssh, name }) : tools.exec;
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

export function remembered(check: GateCheck, about: unknown, maxAgeMs: number, { home, fresh }: GateTools): GateCheck {
  return rememberedCheck(check, { folder: join(home.cache, 'gate'), about, maxAgeMs, fresh });
}
