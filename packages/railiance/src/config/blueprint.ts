import { dirname, isAbsolute, resolve } from 'node:path';

import type { Blueprint, BlueprintNode, Constraint } from '../domain/blueprint.ts';
import type { RegistrySpec } from '../domain/registry.ts';
import type { Stage } from '../domain/stage.ts';
import { given } from './given.ts';
import { check, invalid, type Problem } from './problems.ts';
import type { BlueprintFile } from './schema/blueprint.ts';
import { readToml } from './toml/read.ts';
import { findUp } from './workspace.ts';

const fileName = 'blueprint.toml';

/**
 * The blueprint in `directory` or above it, within the git work tree; the defaults where there is none.
 * @throws Failure (invalid input) with every problem of the file
 */
export async function loadBlueprint(directory: string, cwd: string): Promise<Blueprint> {
  const path = await findUp(fileName, directory);
  return path === undefined ? { nodes: [], stages: stagesOf([]) } : loadBlueprintFile(path, cwd);
}

/** @throws Failure (invalid input) with every problem of the file */
export async function loadBlueprintFile(path: string, cwd: string): Promise<Blueprint> {
  const file = await readToml(path, cwd);
  // Where there is a file: a schema takes longer to load than many a command to run.
  const { blueprintSchema } = await import('./schema/blueprint.ts');
  const blueprint = check(file, blueprintSchema);
  const problems = stageProblems(blueprint.stages ?? [], Object.keys(blueprint.nodes ?? {}));
  if (problems.length > 0) throw invalid(file, problems);
  const { title, nodes = {}, stages = [], hub } = blueprint;
  const registry = blueprint.registry && registryOf(blueprint.registry, dirname(path));
  const machines = Object.entries(nodes).map(([name, node]) => nodeOf(name, node));
  return {
    file: path,
    ...given({ title, registry }),
    nodes: machines,
    stages: stagesOf(stages, registry, { directory: dirname(path), nodes: machines }),
    ...given({ hub: hub && { url: hub.url.replace(/\/+$/, ''), key: hub.key ?? 'store' } }),
  };
}

type StageEntry = NonNullable<BlueprintFile['stages']>[number];
type NodeEntry = NonNullable<BlueprintFile['nodes']>[string];
type ConstraintEntry = NonNullable<NodeEntry['constraints']>[number];

function stageProblems(stages: readonly StageEntry[], nodes: readonly string[]): Problem[] {
  return stages.flatMap(({ name, engine = 'local', pull, settings }, at): Problem[] => {
    const problem = (key: string, message: string): Problem => ({ path: ['stages', at, key], at: 'value', message });
    if (stages.findIndex((stage) => stage.name === name) < at)
      return [problem('name', 'is the name of a stage above it')];
    if (name === 'local' && at > 0) return [problem('name', 'the stage local is always the first')];
    if (name === 'local' && engine !== 'local') return [problem('engine', 'the stage local has the engine local')];
    if (engine === 'kubernetes' && pull === false) return [problem('pull', 'a cluster pulls its images')];
    if (name === 'local' && pull) return [problem('pull', 'the stage local runs what was built here')];
    const via = settings?.via;
    if (typeof via === 'string' && !nodes.includes(via)) {
      const message = `names no node of this file; there ${nodes.length === 1 ? 'is' : 'are'} ${nodes.join(', ') || 'none'}`;
      return [{ path: ['stages', at, 'settings', 'via'], at: 'value', message }];
    }
    return [];
  });
}

interface Around {
  /** Of the file. */
  readonly directory: string;
  readonly nodes: readonly BlueprintNode[];
}

/** `local` is put first where it is not named; without any stage there is `production` after it. */
function stagesOf(entries: readonly StageEntry[], registry?: RegistrySpec, around?: Around): readonly Stage[] {
  const named = entries.length === 0 ? [{ name: 'production' }] : entries;
  const all: readonly StageEntry[] = named[0]?.name === 'local' ? named : [{ name: 'local' }, ...named];
  const declared = all.find(({ name }) => name === 'production') ?? all.at(-1);
  return all.map((stage) => ({
    name: stage.name,
    engine: stage.engine ?? 'local',
    production: stage.production ?? (stage === declared && stage.name !== 'local'),
    ...given({ approval: stage.approval }),
    settings: settingsOf(stage, around),
    ...given({ via: around?.nodes.find(({ name }) => name === stage.settings?.via) }),
    ...((stage.pull ?? stage.engine === 'kubernetes') && { pulls: true, ...given({ registry }) }),
  }));
}

/** A relative path is meant from the file that it stands in, unless it is one of another machine. */
function settingsOf({ settings = {} }: StageEntry, around: Around | undefined): Stage['settings'] {
  const { kubeconfig, via } = settings;
  if (typeof kubeconfig !== 'string' || via !== undefined || !around) return settings;
  if (isAbsolute(kubeconfig) || /^~(\/|$)/.test(kubeconfig)) return settings;
  return { ...settings, kubeconfig: resolve(around.directory, kubeconfig) };
}

function nodeOf(name: string, node: NodeEntry): BlueprintNode {
  const { title, description, address, platform, role, ssh, resources = {}, env = {}, constraints = [] } = node;
  return {
    name,
    ...given({ title, description, address, platform }),
    roles: role,
    ...given({
      ssh: ssh && { host: ssh.host ?? address ?? name, ...given({ user: ssh.user, port: ssh.port, key: ssh.key }) },
    }),
    resources: given({ cpus: resources.cpus, memoryBytes: resources.memory, diskBytes: resources.disk }),
    env,
    constraints: constraints.map(constraintOf),
  };
}

function constraintOf(entry: ConstraintEntry): Constraint {
  const { name, impact, mitigation } = entry;
  return { name, ...given({ impact, mitigation, check: checkOf(entry) }) };
}

function checkOf({ file, memory_free, port, command }: ConstraintEntry): Constraint['check'] {
  if (file) return { kind: 'file', path: file.path, ...given({ minSizeBytes: file.min_size }) };
  if (memory_free !== undefined) return { kind: 'memory-free', bytes: memory_free };
  if (port !== undefined) return { kind: 'port', port };
  if (command) return { kind: 'command', command: command.run, ...given({ expect: command.expect }) };
  return undefined;
}

function registryOf(registry: NonNullable<BlueprintFile['registry']>, directory: string): RegistrySpec {
  const { push, pull = push, plain_http: plainHttp = false, token = 'realm', ca, credentials = {} } = registry;
  return {
    ...{ push, pull, plainHttp, token },
    ...given({ caFile: ca && resolve(directory, ca) }),
    credentials: given({ push: credentials.push, pull: credentials.pull }),
  };
}
