import { given } from '../../config/given.ts';
import type { BlueprintNode } from '../../domain/blueprint.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { Secret } from '../../domain/secret.ts';
import type { Stage } from '../../domain/stage.ts';
import type { CommandResult, Exec } from '../../exec/exec.ts';
import { openSshLink, type SshLink } from '../../exec/ssh/sshLink.ts';
import type { Connection } from '../../kubernetes/connection.ts';
import { flatKubeconfig } from '../../kubernetes/flatKubeconfig.ts';
import { connectThrough } from '../../kubernetes/throughTunnel.ts';
import type { Environment } from '../output/terminal.ts';

/** The machine that a stage is changed from: its kubeconfig, helm and age key are there, and so may be the chart. */
export interface Origin {
  readonly machine: string;
  readonly exec: Exec;
  readonly connection: Connection;
  close(): Promise<void>;
}

type Node = BlueprintNode & { readonly ssh: NonNullable<BlueprintNode['ssh']> };

/** The node that `via` names; undefined where it is this machine. */
export function originNode({ via }: Pick<Stage, 'via'>): Node | undefined {
  return via?.ssh ? { ...via, ssh: via.ssh } : undefined;
}

const readTimeoutMs = 20_000;
/** Prints the path of the kubeconfig that is meant, then its text. Of several in `$KUBECONFIG` it is the first, as for Helm. */
const kubeconfigThere = `
file=\${1:-\${KUBECONFIG:-.kube/config}}; file=\${file%%:*}
case $file in /*) ;; *) file=$HOME/$file ;; esac
printf '%s\\n' "$file"
exec cat -- "$file"
`;

/** @throws Failure where the machine is not reached, or there is no kubeconfig on it that can be used from here */
export async function openOrigin(
  { name, ssh, env: nodeEnv }: Node,
  { kubeconfig = '', context }: { readonly kubeconfig?: string | undefined; readonly context?: string | undefined },
  { env, exec: local }: { readonly env: Environment; readonly exec: Exec },
): Promise<Origin> {
  const link = openSshLink(ssh, local, { name, ...given({ configFile: env.RAILIANCE_SSH_CONFIG }) });
  const exec = withEnvironment(link, nodeEnv);
  try {
    const argv = ['sh', '-c', kubeconfigThere, 'sh', kubeconfig.replace(/^~\//, '')] as const;
    const result = await exec.run({ argv: [...argv], timeoutMs: readTimeoutMs });
    const [path = ''] = result.stdout.split('\n', 1);
    const text = textOf(result, `read the kubeconfig ${path} on ${name}`).slice(path.length + 1);
    const readText = async (file: string) => {
      const read = await exec.run({ argv: ['cat', '--', file], timeoutMs: readTimeoutMs });
      return textOf(read, `read ${file} on ${name}`);
    };
    const flat = await flatKubeconfig({ path, text, machine: name, readText, ...given({ context }) });
    const connection = await connectThrough(flat, { machine: name, kubeconfig: path }, async ({ hostname, port }) =>
      link.forward({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443 }),
    );
    return { machine: name, exec, connection, close: () => link.close() };
  } catch (error) {
    await link.close();
    throw error;
  }
}

function withEnvironment({ exec }: SshLink, env: Readonly<Record<string, string>>): Exec {
  return { run: (command) => exec.run({ ...command, env: { ...env, ...command.env } }) };
}

function textOf({ exitCode, stdout, stderr, truncated }: CommandResult, action: string): string {
  if (exitCode === 0 && !truncated) return stdout;
  const said = stderr.trim().split('\n').at(-1);
  throw new Failure(action, truncated ? 'it is longer than 1 MiB' : said || 'it took too long', {
    hint: 'name the file there with kubeconfig = "…" in the settings of the stage, or KUBECONFIG under env of the node',
    exitCode: exitCodes.dependencyMissing,
  });
}

/** Where a person's age keys are on the machine that stages are changed from, as sops looks for them. */
const ageKeysThere = `
for file in "$SOPS_AGE_KEY_FILE" "\${XDG_CONFIG_HOME:-$HOME/.config}/sops/age/keys.txt"; do
  [ -n "$file" ] && [ -r "$file" ] && cat -- "$file" && echo
done
exit 0
`;

/** The text of the age keys there; undefined where there are none. It is held in memory alone. */
export async function ageKeysOf({ exec, machine }: Origin): Promise<Secret | undefined> {
  const read = await exec.run({ argv: ['sh', '-c', ageKeysThere], timeoutMs: readTimeoutMs });
  const text = textOf(read, `read the age keys on ${machine}`);
  return text === '' ? undefined : new Secret(text);
}
