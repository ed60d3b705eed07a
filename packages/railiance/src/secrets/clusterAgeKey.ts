import { exitCodes, Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import { labelOf } from '../kubernetes/labels.ts';
import { pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createRecord, type RecordPlace } from '../kubernetes/records.ts';
import { decoded, encoded, read } from '../kubernetes/store.ts';

/** As Flux and others have it, so that one Secret serves all: `sops-age`, key `age.agekey`. */
const name = 'sops-age';
const key = 'age.agekey';

/** The age key that a stage's secrets are opened with by whoever may read the namespace of its records; undefined without one. */
export async function readClusterAgeKey({ api, namespace }: RecordPlace): Promise<Secret | undefined> {
  const found = await read<SecretObject>(api, pathOf('secrets', namespace, name));
  const text = decoded(found?.data?.[key]);
  return text === '' ? undefined : new Secret(text);
}

/**
 * Puts the key there once. False where the very same is there already.
 * @throws Failure (refused) where another one is there: whoever relies on it would be locked out
 */
export async function putClusterAgeKey(place: RecordPlace, keyFile: Secret): Promise<boolean> {
  const metadata = { name, namespace: place.namespace, labels: { [labelOf.kind]: 'age-key' } };
  const data = { [key]: encoded(keyFile.reveal()) };
  const object = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data };
  if (await createRecord(place, 'secrets', object)) return true;
  const there = await readClusterAgeKey(place);
  if (there?.reveal() === keyFile.reveal()) return false;
  throw new Failure(`put the age key into ${place.namespace}`, `the Secret ${name} holds another key`, {
    hint: `kubectl delete secret ${name} -n ${place.namespace}, once nothing needs that key any more`,
    exitCode: exitCodes.refused,
  });
}
