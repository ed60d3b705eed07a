import { randomBytes } from 'node:crypto';

import { exitCodes, Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import { generateSecret } from './generate.ts';

/**
 * A new random value in the form of the old one: hexadecimal of the same length stays that, anything else becomes 256
 * bits in base64url.
 * @throws Failure (invalid input) for a value that cannot be made up, since another side must know it too
 */
export function freshValue(name: string, old: Secret | undefined): Secret {
  const text = old?.reveal() ?? '';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new Failure(`rotate ${name}`, 'it is an address, and its password must change on the other side as well', {
      hint: `change it there, then: railiance secrets set ${name}`,
      exitCode: exitCodes.invalidInput,
    });
  }
  if (/^(?:[0-9a-f]{2}){16,}$/.test(text)) return new Secret(randomBytes(text.length / 2).toString('hex'));
  return generateSecret();
}
