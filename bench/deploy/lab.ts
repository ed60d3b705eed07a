import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { clusterBlueprint } from '../../packages/railiance/src/testing/cluster/clusterBlueprint.ts';
import { finish, must, type Subject } from '../load/subject.ts';

const { RAILIANCE_LAB_REGISTRY: registry = '127.0.0.1:15000', RAILIANCE_LAB_HTTP: http = '127.0.0.1:18080' } =
  process.env;

/** Beginning of every namespace that a run of a benchmark makes. */
export const mark = `bench-${process.pid.toString(36)}`;
export const appsNamespace = `${mark}-apps`;
export const stateNamespace = `${mark}-state`;
export const peerNamespace = `${mark}-peer`;
export const ingress = http;

export function program(name: string, ...args: readonly string[]): ChildProcess {
  return spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

export async function run(name: string, ...args: readonly string[]): Promise<string> {
  return await must(finish(program(name, ...args)));
}

/** @throws Error saying what to do where no cluster is named */
export async function requireCluster(): Promise<void> {
  if (process.env.KUBECONFIG !== undefined) return;
  throw new Error('no cluster is named: npm run lab -- up, then export KUBECONFIG and PATH as it says');
}

/** The subject as an app of a cluster: one stage, in namespaces of its own. */
export async function placeOnCluster(subject: Subject, pull = registry): Promise<void> {
  const settings = [
    `namespace = "${appsNamespace}"`,
    `state_namespace = "${stateNamespace}"`,
    `domain = "${mark}.localhost"`,
    `ingress = { http = "${ingress}" }`,
  ];
  const blueprint = clusterBlueprint({ registry, pull, settings });
  await writeFile(join(subject.directory, 'blueprint.toml'), blueprint);
}

export async function removeNamespaces(): Promise<void> {
  const names = [appsNamespace, stateNamespace, peerNamespace];
  await run('kubectl', 'delete', 'namespace', '--ignore-not-found', '--wait=false', ...names);
}

/**
 * Waits until what was replaced is gone: a node that takes pods away starts others later. And then for a part of a second that is
 * another one in each round: pods go when the kubelet looks, once a second, and whoever came at the same moment after that each
 * time would always have its pods seen early, or always late.
 */
export async function nothingEnds(round: number): Promise<void> {
  const ending = 'jsonpath={.items[*].metadata.deletionTimestamp}';
  for (const namespace of [appsNamespace, peerNamespace]) {
    while ((await run('kubectl', 'get', 'pods', '--namespace', namespace, '--output', ending)) !== '') {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  await new Promise((resolve) => setTimeout(resolve, (round * goldenMs) % 1_000));
}

/** Whatever the number of rounds, they fall evenly into a second by it. */
const goldenMs = 618;

export interface ReadinessWatch {
  /** When the newest pod was first seen ready, by `Date.now()`. */
  readonly readyAtMs: () => number;
  stop(): void;
}

/** Watches from outside, by kubectl, when pods of a namespace get ready that were not there before. */
export async function watchReadiness(namespace: string): Promise<ReadinessWatch> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const columns = `jsonpath={.metadata.name} ${ready}{"\\n"}`;
  const child = program('kubectl', 'get', 'pods', '--namespace', namespace, '--watch', '--output', columns);
  const seen = new Map<string, number>();
  let listing = true;
  if (!child.stdout) throw new Error('kubectl has no output');
  createInterface(child.stdout).on('line', (line) => {
    const [name = '', state] = line.split(' ');
    if (listing && state === 'True') seen.set(name, 0);
    else if (state === 'True' && !seen.has(name)) seen.set(name, Date.now());
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  listing = false;
  return { readyAtMs: () => Math.max(...seen.values()), stop: () => child.kill() };
}

interface JournalRecord {
  readonly kind: string;
  readonly step?: string;
  readonly at: string;
}

/** When a step of the newest run ended, as its journal in the cluster says, by the clock of this machine. */
export async function stepEndedAtMs(runId: string, step: string): Promise<number> {
  const name = `secret/steady.production.run.${runId}`;
  const data = await run('kubectl', 'get', name, '-n', stateNamespace, '-o', 'jsonpath={.data.journal\\.jsonl}');
  const lines = Buffer.from(data, 'base64').toString().trim().split('\n');
  const records = lines.map((line) => JSON.parse(line) as JournalRecord);
  const found = records.find((record) => record.kind === 'step-outcome' && record.step === step);
  if (!found) throw new Error(`run ${runId} has no outcome of ${step}`);
  return Date.parse(found.at);
}
