import type { AppSpec } from '../../domain/app.ts';
import type { BlueprintNode } from '../../domain/blueprint.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { nearest } from '../../domain/nearest.ts';
import type { SshTarget } from '../../exec/ssh/target.ts';

/** A machine on which an app may be built. */
export interface BuildPlace {
  /** For messages: `this machine`, or the name of the node. */
  readonly name: string;
  /** Absent: this machine. */
  readonly ssh?: SshTarget;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Where an app may be built, the first choice first: the nodes that app.toml names, else those that the blueprint has for
 * building, else here.
 * @param hostname of this machine: a node of that name or address is not reached by SSH
 * @throws Failure (invalid input) for a name that is no node of the blueprint
 */
export function buildPlaces(
  { slug, build }: Pick<AppSpec, 'slug' | 'build'>,
  nodes: readonly BlueprintNode[],
  hostname: string,
): readonly BuildPlace[] {
  const chosen = build.nodes?.map((name) => nodeNamed(name, nodes, slug)) ?? nodes.filter(isBuilder);
  if (chosen.length === 0) return [{ name: 'this machine', env: {} }];
  return chosen.map(({ name, ssh, address, env }) => {
    const here = ssh === undefined || [name, address, ssh.host].includes(hostname);
    return { name, env, ...(here ? {} : { ssh }) };
  });
}

function isBuilder({ roles }: BlueprintNode): boolean {
  return roles.includes('builder');
}

function nodeNamed(name: string, nodes: readonly BlueprintNode[], slug: string): BlueprintNode {
  const found = nodes.find((node) => node.name === name);
  if (found !== undefined) return found;
  const names = nodes.map((node) => node.name);
  const near = nearest(name, names);
  const known = names.length === 0 ? 'there is no blueprint.toml with nodes' : `the nodes are ${names.join(', ')}`;
  throw new Failure(`choose where to build ${slug}`, `[build] nodes names ${JSON.stringify(name)}, not a node`, {
    hint: near === undefined ? known : `did you mean ${near}?`,
    exitCode: exitCodes.invalidInput,
  });
}
