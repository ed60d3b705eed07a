import { target } from '../../domain/name.ts';
import { Secret } from '../../domain/secret.ts';
import type { Engine } from '../../engines/engine.ts';
import { askHub, readBody } from '../../events/hub/askHub.ts';

const production = 'production';
const inImage = ['node', 'dist/main.js'] as const;

/** The hub of the demo, once it is live. */
export interface TeamHub {
  readonly url: string;
  /** Makes a link by which one person, once, becomes the administrator. */
  signInLink(): Promise<string>;
  /** Makes a key for railiance. */
  key(): Promise<Secret>;
  /** All records of a resource that belong to an app. */
  records<Item>(resource: string, app: string, key: Secret): Promise<readonly Item[]>;
}

export async function teamHub(engine: Engine): Promise<TeamHub> {
  const hub = target('inter-hub', production);
  const { url } = await engine.route(hub);
  const printed = async (...args: readonly string[]): Promise<string> => {
    let stdout = '';
    const exitCode = await engine.exec(hub, [...inImage, ...args], {
      stdin: null,
      stdout: (chunk) => {
        stdout += Buffer.from(chunk).toString();
      },
      stderr: () => {},
      signal: AbortSignal.timeout(30_000),
    });
    if (exitCode !== 0) throw new Error(`inter-hub ${args[0]} ended with exit code ${exitCode}`);
    return stdout.trim();
  };
  return {
    url,
    signInLink: () => printed('setup-link'),
    key: async () => new Secret(await printed('create-key', 'railiance', 'hub:*:write', 'framework:read')),
    records: (resource, app, key) => listed(url, `/${resource}?hub=${app}&limit=200`, key),
  };
}

async function listed<Item>(url: string, path: string, key: Secret): Promise<readonly Item[]> {
  const answer = await askHub(url, key, { method: 'GET', path, signal: AbortSignal.timeout(10_000) });
  const body = await readBody(answer);
  if (answer.statusCode !== 200) throw new Error(`GET ${path} answered ${answer.statusCode}`);
  return (JSON.parse(body) as { items: readonly Item[] }).items;
}
