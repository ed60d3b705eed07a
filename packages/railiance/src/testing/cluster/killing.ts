// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { type KubeList, type Pod, pathOf, type SecretObject } from '../../kubernetes/objects.ts';
import { create, remove } from '../../kubernetes/store.ts';
import { watch } from '../../kubernetes/watch.ts';
import type { DeployedApp } from './deployedApp.ts';

const ofRuns = { labelSelector: 'railiance.dev/kind=run' };

/** Runs on record, each by the name of its Secret with the number of records in its journal. */
export async function journals({ lab, records }: DeployedApp): Promise<ReadonlyMap<string, number>> {
  const { items } = await lab.api.call<KubeList<SecretObject>>(pathOf('secrets', records), { query: ofRuns });
  return new Map(items.map((run) => [run.metadata.name, recordsIn(run)]));
}

function recordsIn({ data }: SecretObject): number {
  return (
    Buffer.from(data?.['journal.jsonl'] ?? '', 'base64')
      .toString()
      .split('\n').length - 1
  );
}

/** Kills a command line as soon as the journal of its run has `count` records. False where it ended before. */
export async function killAtRecord(
  { lab, records }: DeployedApp,
  begin: () => ChildProcess,
  before: ReadonlyMap<string, number>,
  count: number,
): Promise<boolean> {
  const child = begin();
  const over = new AbortController();
  const gone = new Promise((done) => child.once('close', done)).then(() => over.abort());
  child.stdout?.resume();
  child.stderr?.resume();
  for await (const { object } of watch<SecretObject>(lab.api, pathOf('secrets', records), ofRuns, over.signal)) {
    if (before.has(object.metadata.name) || recordsIn(object) < count) continue;
    child.kill('SIGKILL');
    break;
  }
  await gone;
  return child.signalCode === 'SIGKILL';
}

/** A `helm` that writes its process id and its verb down, and is then the real one. */
export interface MarkedHelm {
  readonly program: string;
  /** Process id of the last one that was started for this verb; undefined where there was none since `forget`. */
  pid(verb: string): number | undefined;
  forget(): Promise<void>;
  /** Has this verb fail at once until everything is forgotten. */
  refuse(verb: string): Promise<void>;
}

export async function markHelm({ folder }: DeployedApp, helm = 'helm'): Promise<MarkedHelm> {
  const program = join(folder, 'bin/helm');
  const marks = join(folder, 'bin/marks');
  await mkdir(marks, { recursive: true });
  const refusal = `if [ -e "${marks}/no-$1" ]; then echo "Error: $1 is refused" >&2; exit 1; fi`;
  const script = `#!/bin/sh\nPATH='${process.env.PATH}'\necho $$ > "${marks}/$1"\n${refusal}\nexec ${helm} "$@"\n`;
  await writeFile(program, script, { mode: 0o755 });
  return {
    program,
    pid(verb) {
      try {
        return Number(readFileSync(join(marks, verb), 'utf8')) || undefined;
      } catch {
        return undefined;
      }
    },
    async forget() {
      await rm(marks, { recursive: true, force: true });
      await mkdir(marks);
    },
    refuse: (verb) => writeFile(join(marks, `no-${verb}`), ''),
  };
}

const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/**
 * Has the API server ask somebody who never answers before it takes a Deployment of the app, for two seconds each: Helm then
 * stands in the middle of its work for as long. Gives what takes this away again.
 */
export async function slowDown({ lab, namespace }: DeployedApp): Promise<() => Promise<void>> {
  const rule = {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    resources: ['deployments'],
    operations: ['CREATE', 'UPDATE'],
  };
  const webhook = {
    ...{ name: 'nobody.railiance.dev', rules: [rule], failurePolicy: 'Ignore', timeoutSeconds: 2 },
    // Of the addresses that are set aside for tests (RFC 2544): nothing is there.
    clientConfig: { url: 'https://198.19.255.254/' },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    ...{ sideEffects: 'None', admissionReviewVersions: ['v1'] },
  };
  await create(lab.api, webhooks, { metadata: { name: lab.mark }, webhooks: [webhook] } as never);
  return async () => await remove(lab.api, `${webhooks}/${lab.mark}`);
}

/** Resolves as soon as Helm's own record says that it is in the middle of this. @throws where it does not come in a minute */
export async function untilPending({ lab, namespace }: DeployedApp, status: string): Promise<void> {
  const stop = AbortSignal.timeout(60_000);
  const ofHelm = { labelSelector: `owner=helm,status=${status}` };
  for await (const _ of watch<SecretObject>(lab.api, pathOf('secrets', namespace), ofHelm, stop)) return;
  throw new Error(`no helm was ${status} within a minute`);
}

/** Resolves as soon as a node runs a pod of the app that is not ready. @throws where there is none in a minute */
export async function untilStarting({ lab, namespace }: DeployedApp): Promise<void> {
  const stop = AbortSignal.timeout(60_000);
  for await (const { kind, object } of watch<Pod>(lab.api, pathOf('pods', namespace), {}, stop)) {
    const [app] = object.status?.containerStatuses ?? [];
    if (kind !== 'deleted' && !object.metadata.deletionTimestamp && app?.state?.running && !app.ready) return;
  }
  throw new Error('no pod began within a minute');
}

export function kill(pid: number | undefined): void {
  if (pid === undefined) throw new Error('there is nothing to kill');
  process.kill(pid, 'SIGKILL');
}

/** False where it ended by itself meanwhile. */
export function killIfThere(pid: number): boolean {
  try {
    kill(pid);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Process ids of the programs of this name below a process, as Linux has them. */
export async function childrenNamed(name: string, pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const found = await Promise.all(
    children
      .split(' ')
      .filter((word) => word !== '')
      .map(async (word) => {
        const command = await readFile(`/proc/${word}/comm`, 'utf8').catch(() => '');
        return [...(command.trim() === name ? [Number(word)] : []), ...(await childrenNamed(name, Number(word)))];
      }),
  );
  return found.flat();
}

export function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Does this process run helm itself by now, and not the shell that becomes it? */
export function isHelm(pid: number): boolean {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('helm');
  } catch {
    return false;
  }
}

/** Process group. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function groupOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
