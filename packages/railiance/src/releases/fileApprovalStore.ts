import { mkdirSync, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { canonicalJson } from '../config/canonical.ts';
import { createDurably } from '../config/durableFile.ts';
import type { Home } from '../config/home.ts';
import type { Approval, KeptApproval } from '../domain/approval.ts';
import { approvalSchema } from '../domain/approval.ts';
import type { Clock } from '../domain/clock.ts';
import type { Target } from '../domain/name.ts';
import type { ApprovalStore, Signer } from './approvalStore.ts';

const idPattern = /^[0-9a-f-]{36}$/;

interface FileApprovalStoreOptions {
  readonly home: Home;
  readonly signer: Signer;
  readonly clock: Clock;
}

/**
 * Approvals as files of this machine, `<home>/apps/<app>/<stage>/approvals/<id>.json`, each written once. What happens to
 * one later is a file beside it that is made exclusively, `<id>.used` or `<id>.withdrawn`: so only one run takes it.
 */
export function createFileApprovalStore({ home, signer, clock }: FileApprovalStoreOptions): ApprovalStore {
  const folderOf = (target: Target) => join(home.target(target), 'approvals');
  const fileOf = (target: Target, id: string, ending: string) => {
    if (!idPattern.test(id)) throw new Error(`${JSON.stringify(id.slice(0, 80))} is no id of an approval`);
    return join(folderOf(target), `${id}.${ending}`);
  };

  const read = async (target: Target, id: string): Promise<KeptApproval | undefined> => {
    const [stored, withdrawn, used] = await Promise.all([
      readJson<{ approval: Approval; signature: string }>(fileOf(target, id, 'json')),
      readJson<{ by: string; at: string }>(fileOf(target, id, 'withdrawn')),
      readJson<{ runId: string }>(fileOf(target, id, 'used')),
    ]);
    if (stored?.approval?.schema !== approvalSchema || typeof stored.signature !== 'string') return undefined;
    const { approval, signature } = stored;
    // A file under another's name would be the same yes a second time.
    const sound = approval.id === id && (await signer.verify(canonicalJson(approval), signature));
    return { approval, sound, ...(withdrawn && { withdrawn }), ...(used && { usedBy: used.runId }) };
  };

  return {
    async add(approval) {
      const signature = await signer.sign(canonicalJson(approval));
      await createDurably(
        fileOf(approval, approval.id, 'json'),
        `${JSON.stringify({ approval, signature }, null, 2)}\n`,
      );
    },

    async list(target) {
      const names = await readdir(folderOf(target)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
      const found = await Promise.all(ids.filter((id) => idPattern.test(id)).map((id) => read(target, id)));
      return found.filter((one) => one !== undefined);
    },

    async take(target, id, runId) {
      const at = clock.now().toISOString();
      await createDurably(fileOf(target, id, 'used'), JSON.stringify({ runId, at }));
    },

    async withdraw(target, id, by) {
      await createDurably(fileOf(target, id, 'withdrawn'), JSON.stringify({ by, at: clock.now().toISOString() }));
    },

    watch(target, onChange, signal) {
      mkdirSync(folderOf(target), { recursive: true, mode: 0o700 });
      watch(folderOf(target), { signal }, onChange).on('error', () => {});
    },
  };
}

/** Undefined where it is not there, or is no JSON: damage is never a yes. */
async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}
