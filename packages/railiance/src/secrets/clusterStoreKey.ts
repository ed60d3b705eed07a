import { randomBytes } from 'node:crypto';

import { exitCodes, Failure } from '../domain/failure.ts';
import { keptAnswer } from '../domain/keptAnswer.ts';
import { labelOf } from '../kubernetes/labels.ts';
import { pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createKeptSecret, type RecordPlace } from '../kubernetes/records.ts';
import { read } from '../kubernetes/store.ts';

const name = 'secret-store-key';
const keyBytes = 32;

/** The key that versions of secrets are made with, and what signs approvals follows from: read when it is first needed. */
export function clusterStoreKey(place: RecordPlace): () => Promise<Buffer> {
  return keptAnswer(() => readStoreKey(place));
}

/** Made once for each namespace of records: of many that make it at once, one wins and all use its own. */
async function readStoreKey(place: RecordPlace): Promise<Buffer> {
  const { api, namespace } = place;
  const path = pathOf('secrets', namespace, name);
  for (;;) {
    const found = await read<SecretObject>(api, path);
    if (found) {
      const key = Buffer.from(found.data?.key ?? '', 'base64');
      if (key.length === keyBytes) return key;
      throw new Failure('open the secret store of the cluster', `the Secret ${name} in ${namespace} is damaged`, {
        hint: 'restore it from a backup of the cluster',
        exitCode: exitCodes.needsPerson,
      });
    }
    const metadata = { name, namespace, labels: { [labelOf.kind]: 'store-key' } };
    const data = { key: randomBytes(keyBytes).toString('base64') };
    await createKeptSecret(place, metadata, data);
  }
}
