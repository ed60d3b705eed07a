import { readFile } from 'node:fs/promises';

import { systemClock } from '../../domain/clock.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Target } from '../../domain/name.ts';
import type { RunRecord } from '../../domain/runRecord.ts';
import type { EvidenceFiles } from '../../events/evidence.ts';
import { createHubCaller } from '../../events/hub/hubCaller.ts';
import { sendTo } from '../../events/hub/sendEvents.ts';
import type { HubFolder } from '../../events/hubFolder.ts';
import type { Owed } from '../../events/outbox/batch.ts';
import type { OwedRun } from '../../events/outbox/outbox.ts';
import type { SenderPorts } from '../../events/outbox/sender.ts';
import { eventsOfRun, type Surroundings } from '../../events/runEvents.ts';
import { isAlive } from '../../exec/processIdentity.ts';
import { numberOfRun } from '../../pipeline/runId.ts';
import { replay } from '../../pipeline/runState.ts';
import type { RunStore } from '../../pipeline/runStore.ts';
import { hubKey, type KeySources } from './hubKey.ts';
import type { Journals } from './journals.ts';

/** What sends the events of this machine's runs to one hub. @throws Failure where its key is not there */
export async function openSender(hub: HubFolder, journals: Journals, sources: KeySources): Promise<SenderPorts> {
  const key = await hubKey(hub.address, sources);
  return {
    outbox: hub.outbox,
    record: hub.record,
    send: sendTo(createHubCaller({ url: hub.address.url, key })),
    clock: systemClock,
    owedOf: async (run) => owedOf(run, await journals(run)),
    isAlive,
  };
}

/** What a run has to tell that is not delivered; undefined where there is no journal. */
export async function owedOf(run: OwedRun, runs: RunStore): Promise<Omit<Owed, 'run'> | undefined> {
  const { app, stage, runId, delivered } = run;
  const records = await recordsOf({ app, stage }, runId, runs);
  if (!records) return undefined;
  const told = eventsOfRun(records, {
    evidence: await evidenceOf(records, delivered),
    ...(await unsettledBefore(run, records, runs)),
  });
  return { records: told.filter(({ seq }) => seq > delivered), over: records.at(-1)?.kind === 'run-ended' };
}

async function recordsOf(target: Target, runId: string, runs: RunStore): Promise<readonly RunRecord[] | undefined> {
  try {
    return await runs.read(target, runId);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.invalidInput) return undefined;
    throw error;
  }
}

/** Evidence is told with the step that left it, and once more with the end of the run. */
async function evidenceOf(records: readonly RunRecord[], delivered: number): Promise<EvidenceFiles> {
  const untold = records.some(({ seq }) => seq > delivered);
  const files = records.flatMap((record) => {
    const outcome = record.kind === 'step-outcome' ? record.outcome : undefined;
    return outcome?.status === 'failed' || outcome?.status === 'errored' ? [outcome.evidenceFile] : [];
  });
  const found = await Promise.all(untold ? files.map(async (file) => [file, await readJson(file)] as const) : []);
  return new Map(found);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Evidence that is gone is no reason to keep the rest to oneself.
    return undefined;
  }
}

async function unsettledBefore(
  { app, stage, runId }: OwedRun,
  records: readonly RunRecord[],
  runs: RunStore,
): Promise<Pick<Surroundings, 'unsettled'>> {
  const last = records.at(-1);
  if (last?.kind !== 'run-ended' || last.state !== 'succeeded') return {};
  const target = { app, stage };
  const before = (await runs.list(target)).find((other) => numberOfRun(other) < numberOfRun(runId));
  const ended = before === undefined ? undefined : replay((await recordsOf(target, before, runs)) ?? [])?.ended;
  if (before === undefined || ended?.state !== 'needs-person') return {};
  return { unsettled: { runId: before, detail: ended.detail } };
}
