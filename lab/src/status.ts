import { readFile } from 'node:fs/promises';

import { kubectl } from './addons/apply.ts';
import { daemon, daemonNames } from './daemon.ts';
import type { Lab } from './lab.ts';
import { answers } from './run.ts';

/** What is running, as `status --json` prints it. */
export interface LabStatus {
  readonly up: boolean;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly registry: string;
  readonly ingress: { readonly http: string; readonly https: string };
  readonly daemons: Readonly<Record<string, number | null>>;
  readonly nodes: readonly { readonly name: string; readonly ready: boolean; readonly version: string }[];
  readonly pods: { readonly running: number; readonly all: number };
  readonly residentMiB: number;
  readonly lines: readonly string[];
}

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly nodeInfo?: { readonly kubeletVersion: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export async function status(lab: Lab): Promise<LabStatus> {
  const daemons = await daemonsOf(lab);
  const pids = Object.values(daemons).filter((pid) => pid !== null);
  const nodes = await listOf<NodeObject>(lab, ['nodes']);
  const pods = await listOf<{ status: { phase: string } }>(lab, ['pods', '-A']);
  const { addresses, folder, kubeconfig } = lab;
  const [registryAnswers, ingressAnswers] = await Promise.all([
    answers(`http://${addresses.registry}/v2/`),
    answers(`http://${addresses.web}/`),
  ]);
  const facts = {
    up: nodes.some(isReady) && registryAnswers && ingressAnswers,
    folder,
    kubeconfig,
    registry: addresses.registry,
    ingress: { http: addresses.web, https: addresses.websecure },
    daemons,
    nodes: nodes.map((node) => ({
      name: node.metadata.name,
      ready: isReady(node),
      version: node.status.nodeInfo?.kubeletVersion ?? 'unknown',
    })),
    pods: { running: pods.filter((pod) => pod.status.phase === 'Running').length, all: pods.length },
    residentMiB: Math.round((await Promise.all(pids.map(residentBytes))).reduce((a, b) => a + b, 0) / 1024 ** 2),
  };
  return { ...facts, lines: linesOf(facts) };
}

function linesOf(facts: Omit<LabStatus, 'lines'>): readonly string[] {
  const daemons = Object.entries(facts.daemons);
  const ended = daemons.filter(([, pid]) => pid === null).map(([name]) => name);
  const running = daemons.length - ended.length;
  const node = ({ name, ready, version }: LabStatus['nodes'][number]) =>
    `${name} ${ready ? 'Ready' : 'NotReady'} ${version}`;
  const real = facts.nodes.filter(({ version }) => !version.startsWith('kwok')).map(node);
  return [
    `lab       ${facts.up ? 'up' : 'not up'}, in ${facts.folder}`,
    `daemons   ${running} running, ${facts.residentMiB} MiB${ended.length > 0 ? `; ended: ${ended.join(', ')}` : ''}`,
    `nodes     ${real.length > 0 ? real.slice(0, 5).join(', ') : 'none'}; ${facts.nodes.length} in all`,
    `pods      ${facts.pods.running} of ${facts.pods.all} running`,
    `registry  ${facts.registry} (plain HTTP)`,
    `ingress   http://${facts.ingress.http}  https://${facts.ingress.https}`,
    `use it    export KUBECONFIG=${facts.kubeconfig}`,
  ];
}

async function daemonsOf(lab: Lab): Promise<Record<string, number | null>> {
  const names = await daemonNames(lab);
  const entries = names.map(async (name) => [name, (await daemon(lab, name))?.pid ?? null] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function listOf<Item>(lab: Lab, what: readonly string[]): Promise<readonly Item[]> {
  const text = await kubectl(lab, ['get', ...what, '-o', 'json', '--request-timeout=3s'], undefined, 5000).catch(
    () => '',
  );
  return text === '' ? [] : (JSON.parse(text) as { items: Item[] }).items;
}

function isReady({ status: { conditions = [] } }: NodeObject): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}
