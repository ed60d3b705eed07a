import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run, succeeds } from '../run.ts';

/**
 * Of Debian 13, whatever release this machine runs: etcd and containerd of Debian 12 are too old for this Kubernetes.
 * They are unpacked, not installed: apt's configuration and the machine's packages stay as they are.
 */
const unpacked = {
  suite: 'trixie',
  packages: ['etcd-server', 'etcd-client', 'containerd', 'containernetworking-plugins'],
};

const cniPlugins = ['bridge', 'host-local', 'loopback'];

export const debianPrograms = ['etcd', 'etcdctl', 'containerd', 'containerd-shim-runc-v2', 'ctr', ...cniPlugins];

/** Programs that the machine itself should have, and the package of each. */
const installed = [
  ['runc', 'runc'],
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['openssl', 'openssl'],
  ['docker-registry', 'docker-registry'],
  ['busybox', 'busybox-static'],
] as const;

export async function installDebianPrograms(tell: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const [program, name] of installed)
    if (!(await succeeds('sh', ['-c', 'command -v "$1"', 'sh', program], { env: { PATH: searchPath } })))
      missing.push(name);
  if (missing.length === 0) return;
  tell(`installing ${missing.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...missing], { env, timeoutMs: 300_000 });
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export async function unpackDebianPrograms(folder: string): Promise<void> {
  const apt = join(folder, 'apt');
  const root = join(folder, 'root');
  for (const name of ['etc', 'lists/partial', 'archives/partial', 'debs'])
    await mkdir(join(apt, name), { recursive: true });
  await mkdir(root);
  await writeFile(join(apt, 'etc/debian.sources'), await sourcesOf(unpacked.suite));
  const options = [
    ...[
      'Dir::Etc::sourcelist=-',
      `Dir::Etc::sourceparts=${apt}/etc`,
      `Dir::State::lists=${apt}/lists`,
      `Dir::Cache=${apt}`,
    ],
    ...['APT::Sandbox::User=root', 'Acquire::Languages=none'],
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', ['-qq', ...options, 'update']);
  await run('apt-get', ['-qq', ...options, 'download', ...unpacked.packages], { cwd: join(apt, 'debs') });
  for (const deb of await readdir(join(apt, 'debs'))) await run('dpkg', ['-x', join(apt, 'debs', deb), root]);
  for (const program of debianPrograms) {
    const from = cniPlugins.includes(program) ? 'usr/lib/cni' : 'usr/bin';
    await rename(join(root, from, program), join(folder, program));
  }
}

/** This machine's own source of Debian packages, for another release: no address is named here. */
async function sourcesOf(suite: string): Promise<string> {
  const folder = '/etc/apt/sources.list.d';
  for (const name of await readdir(folder)) {
    const text = name.endsWith('.sources') ? await readFile(join(folder, name), 'utf8') : '';
    const entry = text
      .split(/\n\s*\n/)
      .find((part) => /^Suites:.*\b(bookworm|trixie)\b/m.test(part) && /^Signed-By:.*debian/m.test(part));
    if (entry)
      return `${entry.replace(/^Suites:.*/m, `Suites: ${suite}`).replace(/^Components:.*/m, 'Components: main')}\n`;
  }
  throw new Error(`no source of Debian packages is configured in ${folder}`);
}
