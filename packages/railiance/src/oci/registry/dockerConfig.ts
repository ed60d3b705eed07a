import { type Credentials, conceal } from './credentials.ts';
import { RegistryError } from './registryError.ts';

/**
 * Runs `docker-credential-<helper> <verb>` with `input` on its standard input and gives its standard output; undefined
 * where it has none for that host. Starting processes is the caller's.
 */
export type CredentialHelper = (helper: string, verb: 'get' | 'store', input: string) => Promise<string | undefined>;

type Fields = Readonly<Record<string, unknown>>;

/** https://index.docker.io/v1/ is how Docker names its own registry in its configuration. */
function keysOf(host: string): readonly string[] {
  const names = host === 'docker.io' ? ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io'] : [host];
  return names.flatMap((name) => [name, `https://${name}`, `http://${name}`, `https://${name}/v2/`]);
}

/**
 * Credentials for a host in the text of `~/.docker/config.json`: its own helper, the general one, or what is written there.
 * https://docs.docker.com/reference/cli/docker/login/
 * @throws RegistryError `invalid` for a file or an answer that cannot be read
 */
export async function dockerCredentials(
  text: string,
  host: string,
  helper: CredentialHelper,
): Promise<Credentials | undefined> {
  const config = objectOf(text, 'the Docker configuration');
  const name = helperOf(config, host);
  if (name !== undefined) {
    for (const key of keysOf(host)) {
      const answer = await helper(name, 'get', key);
      if (answer !== undefined) return fromHelper(answer, name);
    }
    return undefined;
  }
  const auths = fieldsOf(config.auths);
  const entry = keysOf(host)
    .map((key) => fieldsOf(auths[key]))
    .find((found) => typeof found.auth === 'string' || typeof found.identitytoken === 'string');
  if (entry === undefined) return undefined;
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '') return identity(entry.identitytoken);
  const [username = '', ...password] = Buffer.from(String(entry.auth), 'base64').toString('utf8').split(':');
  if (username === '' || password.length === 0) return undefined;
  return { username, password: conceal(password.join(':')) };
}

/** The helper that the configuration names for a host. */
export function helperOf(config: Fields, host: string): string | undefined {
  const helpers = fieldsOf(config.credHelpers);
  const named =
    keysOf(host)
      .map((key) => helpers[key])
      .find((found) => typeof found === 'string') ?? config.credsStore;
  if (typeof named !== 'string' || named === '') return undefined;
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/.test(named)) return named;
  throw new RegistryError('invalid', 'the Docker configuration names a credential helper that cannot be a program');
}

/**
 * The configuration with credentials for a host in it, everything else as it was; undefined where a helper keeps them.
 * @throws RegistryError `invalid`
 */
export function withCredentials(text: string, host: string, { username, password }: Credentials): string | undefined {
  const config = objectOf(text, 'the Docker configuration');
  if (helperOf(config, host) !== undefined) return undefined;
  const auth = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  const [key = host] = keysOf(host);
  return `${JSON.stringify({ ...config, auths: { ...fieldsOf(config.auths), [key]: { auth } } }, null, '\t')}\n`;
}

/** What a helper's `store` reads. */
export function helperInput(host: string, { username, password }: Credentials): string {
  const [ServerURL = host] = keysOf(host);
  return JSON.stringify({ ServerURL, Username: username, Secret: password.reveal() });
}

function fromHelper(answer: string, name: string): Credentials {
  const { Username, Secret } = objectOf(answer, `the answer of docker-credential-${name}`);
  if (typeof Username !== 'string' || typeof Secret !== 'string') {
    throw new RegistryError('invalid', `docker-credential-${name} gave no user and secret`);
  }
  if (Username === '<token>') return identity(Secret);
  return { username: Username, password: conceal(Secret) };
}

/** How Docker's helpers name it too. */
function identity(token: string): Credentials {
  return { username: '<token>', password: conceal(token), isIdentityToken: true };
}

function objectOf(text: string, what: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  } catch {
    // Said below: the parser's message quotes the text, which holds secrets.
  }
  throw new RegistryError('invalid', `${what} is not a JSON object`);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
