import { mkdirSync, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../config/home.ts';
import type { KeptApproval } from '../domain/approval.ts';
import type { Clock } from '../domain/clock.ts';
import type { Target } from '../domain/name.ts';
import { createDurably } from '../files/durableFile.ts';
import { assertApprovalId, isApprovalId, readApproval, signedApproval } from './approvalRecord.ts';
import type { ApprovalStore, Signer } from './approvalStore.ts';

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
  const fileOf = (target: Target, id: string, ending: string) =>
    join(folderOf(target), `${assertApprovalId(id)}.${ending}`);

  const read = async (target: Target, id: string): Promise<KeptApproval | undefined> => {
    const [approval, withdrawn, used] = await Promise.all([
      readIfThere(fileOf(target, id, 'json')),
      readIfThere(fileOf(target, id, 'withdrawn')),
      readIfThere(fileOf(target, id, 'used')),
    ]);
    return await readApproval(id, { approval, withdrawn, used }, signer);
  };

  return {
    async add(approval) {
      await createDurably(fileOf(approval, approval.id, 'json'), await signedApproval(approval, signer));
    },

    async list(target) {
      const names = await readdir(folderOf(target)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
      const found = await Promise.all(ids.filter(isApprovalId).map((id) => read(target, id)));
      return found.filter((one) => one !== undefined);
    },

    async take(target, id, runId) {
      const at = clock.now().toISOString();
      await createDurably(fileOf(target, id, 'used'), JSON.stringify({ runId, at }));
    },

    async withdraw(target, id, by) {
      await createDurably(fileOf(target, id, 'withdrawn'), JSON.stringify({ by, at: clock.now().toISOString() }));
    },

    async watch(target, onChange, signal) {
      mkdirSync(folderOf(target), { recursive: true, mode: 0o700 });
      watch(folderOf(target), { signal }, onChange).on('error', () => {});
    },
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
