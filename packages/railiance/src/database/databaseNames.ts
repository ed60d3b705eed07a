import { createHash } from 'node:crypto';

import type { DatabaseSpec } from '../domain/app.ts';
import { exitCodes, Failure } from '../domain/failure.ts';
import type { Target } from '../domain/name.ts';

export interface DatabaseNames {
  readonly database: string;
  /** Owns the database and all that is in it, and logs in until its password is turned for the first time. */
  readonly role: string;
  /** Logs in in its turn, and then acts as `role`: so a new password leaves the one that an older release has valid. */
  readonly turn: string;
}

/** PostgreSQL silently cuts longer names, so that two long ones may become one. */
const longestBytes = 63;
const reserved = /^(pg_.*|postgres|template[01]|public|none|railiance)$/;

/**
 * `<name>_<stage>`, or the name alone where all stages share one database. Stage names have no underscore, so no two
 * pairs of name and stage meet. What would be too long keeps its beginning, and a hash of the whole in place of the rest.
 * @throws Failure (invalid input) for names that PostgreSQL keeps for itself
 */
export function databaseNames({ stage }: Target, spec: DatabaseSpec): DatabaseNames {
  const suffix = spec.scope === 'shared' ? '' : `_${stage}`;
  return {
    database: shortened(`${spec.name}${suffix}`),
    role: shortened(`${spec.user}${suffix}`),
    turn: shortened(`${spec.user}${suffix}__turn`),
  };
}

function shortened(name: string): string {
  if (reserved.test(name) || name === '' || name.includes('\0')) {
    throw new Failure('name the database', `PostgreSQL does not give the name ${JSON.stringify(name)} to an app`, {
      hint: 'choose another name and user in [database]',
      exitCode: exitCodes.invalidInput,
    });
  }
  const bytes = Buffer.from(name);
  if (bytes.length <= longestBytes) return name;
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const head = new TextDecoder().decode(bytes.subarray(0, longestBytes - 13)).replace(/\ufffd+$/, '');
  return `${head}_${hash}`;
}
