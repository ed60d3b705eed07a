import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { run } from '../run.ts';

const kubernetesVersion = '1.35.4';
const coreDnsVersion = 'v1.14.2';
/** 0.7 brings its stages with it; 0.8 leaves at once unless they are given as files. */
const kwokVersion = 'v0.7.0';

const programs = fileURLToPath(new URL('../../programs/', import.meta.url));
const flags = ['-trimpath', '-buildvcs=false', '-mod=mod'];

/** Five daemons in one program: one link instead of five, and a quarter of the disk. About five minutes. */
export async function buildKube(folder: string): Promise<void> {
  const source = await sourceOf('kube', folder);
  const download = await go(source, ['mod', 'download', '-json', `k8s.io/kubernetes@v${kubernetesVersion}`]);
  const { Dir: kubernetes } = JSON.parse(download) as { Dir: string };
  const upstream = await readFile(join(kubernetes, 'go.mod'), 'utf8');
  await writeFile(join(source, 'go.mod'), wrapperModule(upstream, kubernetesVersion));
  await writeFile(join(source, 'go.sum'), await readFile(join(kubernetes, 'go.sum')));
  const version = 'k8s.io/component-base/version';
  const [major, minor] = kubernetesVersion.split('.');
  const set = {
    gitVersion: `v${kubernetesVersion}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: 'module',
  };
  const stamps = Object.entries(set).map(([name, value]) => `-X ${version}.${name}=${value}`);
  await build(source, join(folder, 'kube'), stamps);
}

/**
 * A module that builds Kubernetes as upstream does: the requirements of its own go.mod, with the staging folders, which the
 * module's archive does not hold, replaced by the modules that are published from them (v0.X.Y for v1.X.Y).
 */
export function wrapperModule(upstream: string, version: string): string {
  const staging = `v0.${version.replace(/^1\./, '')}`;
  const lines = upstream.split('\n');
  const settings = lines.filter((line) => /^(go|godebug) /.test(line));
  const required = [...upstream.matchAll(/^require \(\n(.*?)^\)/gms)].flatMap(([, block = '']) => block.split('\n'));
  const requirements = required
    .filter(Boolean)
    .map((line) => line.replace(/^(\tk8s\.io\/\S+) v0\.0\.0(?=$| )/, `$1 ${staging}`));
  const replaced = [...upstream.matchAll(/^\t(k8s\.io\/\S+) => \.\/staging\//gm)].map(([, name]) => name);
  return [
    'module lab',
    ...settings,
    `require k8s.io/kubernetes v${version}`,
    'require (',
    ...requirements,
    ')',
    'replace (',
    ...replaced.map((name) => `\t${name} => ${name} ${staging}`),
    ')',
    '',
  ].join('\n');
}

export async function buildCoreDns(folder: string): Promise<void> {
  const source = await sourceOf('coredns', folder);
  await go(source, ['mod', 'init', 'lab']);
  await go(source, ['get', `github.com/coredns/coredns@${coreDnsVersion}`]);
  await build(source, join(folder, 'coredns'));
}

export async function buildKwok(folder: string): Promise<void> {
  await go(folder, ['install', '-trimpath', '-ldflags', '-s -w', `sigs.k8s.io/kwok/cmd/kwok@${kwokVersion}`], {
    GOBIN: folder,
  });
}

/** The process that holds a pod's namespaces. */
export async function buildPause(folder: string): Promise<void> {
  const source = await sourceOf('pause', folder);
  await go(source, ['mod', 'init', 'lab']);
  await build(source, join(folder, 'pause'));
}

async function sourceOf(name: string, folder: string): Promise<string> {
  const source = join(folder, `${name}-source`);
  await mkdir(source);
  await cp(join(programs, name), source, { recursive: true });
  return source;
}

async function build(source: string, output: string, stamps: readonly string[] = []): Promise<void> {
  await go(source, ['build', ...flags, '-ldflags', ['-s -w', ...stamps].join(' '), '-o', output, '.']);
}

async function go(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return await run('go', args, {
    cwd,
    env: { CGO_ENABLED: '0', GOFLAGS: '-modcacherw', ...env },
    timeoutMs: 1_800_000,
  });
}
