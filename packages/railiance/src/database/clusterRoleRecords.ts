import { createHash } from 'node:crypto';

import { exitCodes, Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import { labelOf } from '../kubernetes/labels.ts';
import { pathOf, type SecretObject } from '../kubernetes/objects.ts';
import { createRecord, type RecordPlace } from '../kubernetes/records.ts';
import { decoded, encoded, read, replace } from '../kubernetes/store.ts';
import { newPassword } from './rolePassword.ts';
import type { RoleRecords } from './roleRecords.ts';

const kind = 'database-role';

/** One Secret a role beside the stage's records: every machine that deploys there finds the same password. */
export function clusterRoleRecords(place: RecordPlace): RoleRecords {
  const { api, namespace } = place;
  // A role may have any characters, a Secret's name may not.
  const nameOf = (role: string) => `${kind}.${createHash('sha256').update(role).digest('hex').slice(0, 32)}`;
  const find = (role: string) => read<SecretObject>(api, pathOf('secrets', namespace, nameOf(role)));
  const objectOf = (role: string, fields: Readonly<Record<string, string>>, before?: SecretObject) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque' },
    metadata: { ...before?.metadata, name: nameOf(role), namespace, labels: { [labelOf.kind]: kind } },
    data: { ...before?.data, role: encoded(role), ...fields },
  });

  async function found(role: string): Promise<SecretObject> {
    for (;;) {
      const there = await find(role);
      if (there) return there;
      await createRecord(place, 'secrets', objectOf(role, { password: encoded(newPassword()) }));
    }
  }

  async function change(role: string, fields: Readonly<Record<string, string>>): Promise<void> {
    while (true) {
      const before = await found(role);
      if (await replace(api, pathOf('secrets', namespace, nameOf(role)), objectOf(role, fields, before))) return;
    }
  }

  function passwordIn({ data }: SecretObject, role: string): Secret {
    const password = decoded(data?.password);
    if (/^[\w-]{43}$/.test(password)) return new Secret(password);
    const name = nameOf(role);
    throw new Failure(`read the password of the database role ${role}`, `the Secret ${name} is damaged`, {
      hint: `kubectl -n ${namespace} delete secret ${name}: the next deploy gives the role a new password`,
      exitCode: exitCodes.needsPerson,
    });
  }

  return {
    passwordOf: async (role) => passwordIn(await found(role), role),

    async knownPassword(role) {
      const there = await find(role);
      return there && passwordIn(there, role);
    },

    renewPassword: (role) => change(role, { password: encoded(newPassword()) }),

    async turnOf({ role, turn }) {
      const isTurned = decoded((await find(role))?.data?.login) === turn;
      return isTurned ? { current: turn, next: role } : { current: role, next: turn };
    },

    writeTurn: ({ role }, current) => change(role, { login: encoded(current) }),
  };
}
