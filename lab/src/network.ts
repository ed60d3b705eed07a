import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeIfChanged } from './files.ts';
import type { Lab } from './lab.ts';
import { run, succeeds } from './run.ts';

/** Bridge with no port: it holds the node's address, as the dummy device that not every kernel has. */
const nodeLink = 'lab0';
/** Bridge of the pods, made by the CNI plugin. */
export const podLink = 'cni-lab0';
const table = 'railiance-lab';

/** Settings that the lab or the kubelet changes; the old values are put back by `removeNetwork`. */
const kernelSettings: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '1',
  'net/bridge/bridge-nf-call-iptables': '1',
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
};

/**
 * The node's address, and the loopback ports that lead to it. What goes to a pod or Service that is not there ends at the
 * bridge: without these routes it would leave by the machine's default route.
 */
export async function makeNetwork(lab: Lab): Promise<void> {
  const { node, services, pods } = lab.addresses;
  if (!(await succeeds('ip', ['link', 'show', nodeLink]))) await run('ip', ['link', 'add', nodeLink, 'type', 'bridge']);
  await run('ip', ['address', 'replace', `${node}/32`, 'dev', nodeLink]);
  await run('ip', ['link', 'set', nodeLink, 'up']);
  await run('ip', ['route', 'replace', services, 'dev', nodeLink, 'src', node]);
  await run('ip', ['route', 'replace', pods, 'dev', nodeLink, 'src', node, 'metric', '4096']);
  await changeKernel(lab);
  await run('nft', ['-f', '-'], { input: forwarding(lab) });
}

/** The daemons listen on the node's address; from this machine they are reached at 127.0.0.1, which never leaves it. */
function forwarding({ addresses }: Lab): string {
  const ports = [
    [addresses.api, 6443],
    [addresses.web, 80],
    [addresses.websecure, 443],
  ] as const;
  const rules = ports.map(([from, to]) => {
    const [host, port] = from.split(':');
    return `    ip daddr ${host} tcp dport ${port} dnat to ${addresses.node}:${to}`;
  });
  return [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain output {',
    '    type nat hook output priority -100',
    ...rules,
    '  }',
    '}',
    '',
  ].join('\n');
}

async function changeKernel(lab: Lab): Promise<void> {
  const file = join(lab.folder, 'kernel.json');
  if (!(await readFile(file).catch(() => undefined))) {
    const old = await Promise.all(Object.keys(kernelSettings).map(async (name) => [name, await setting(name)]));
    await writeIfChanged(file, JSON.stringify(Object.fromEntries(old)));
  }
  await Promise.all(Object.entries(kernelSettings).map(([name, value]) => writeFile(`/proc/sys/${name}`, value)));
}

async function setting(name: string): Promise<string> {
  return (await readFile(`/proc/sys/${name}`, 'utf8')).trim();
}

/** Takes away links, routes, tables and settings, whatever is left of them. */
export async function removeNetwork(lab: Lab): Promise<void> {
  for (const name of ['kube-proxy', table])
    for (const family of ['ip', 'ip6']) await succeeds('nft', ['delete', 'table', family, name]);
  for (const link of [podLink, nodeLink]) await succeeds('ip', ['link', 'delete', link]);
  const file = join(lab.folder, 'kernel.json');
  const old = await readFile(file, 'utf8').catch(() => '{}');
  for (const [name, value] of Object.entries(JSON.parse(old))) await writeFile(`/proc/sys/${name}`, String(value));
  await rm(file, { force: true });
}
