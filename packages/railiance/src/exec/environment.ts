import { exitCodes, Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';

const inherited = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;

/** PATH, HOME, LANG and TMPDIR of this process and nothing else of it, then `added`. */
export function minimalEnvironment(added: Readonly<Record<string, string | Secret>> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...revealed(added) };
}

/**
 * The texts of an environment, checked here because Node's own error would quote the value.
 * @throws Failure (invalid input) for a name or value that no environment can hold
 */
export function revealed(env: Readonly<Record<string, string | Secret>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const text = value instanceof Secret ? value.reveal() : value;
    if (name === '' || /[=\0]/.test(name) || text.includes('\0')) {
      throw new Failure('set the environment', `${JSON.stringify(name)} or its value cannot be in an environment`, {
        hint: 'names are without "=", and neither names nor values hold NUL characters',
        exitCode: exitCodes.invalidInput,
      });
    }
    texts[name] = text;
  }
  return texts;
}
