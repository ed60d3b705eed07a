// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Asked } from '../../../../../test/chaos/invariants.ts';
import { fetchAt } from '../local/localFixture.ts';
import { type LabCluster, openLabCluster } from './clusterFixture.ts';

const main = fileURLToPath(import.meta.resolve('../../cli/main.ts'));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Standard output and standard error. */
  readonly output: string;
}

export interface DeployedAppOptions {
  /** Slug of the app; also its folder. */
  readonly slug: string;
  /** What its app.toml says beside name and slug. */
  readonly toml?: string;
  /** What the stage's settings say beside namespaces and ingress. */
  readonly settings?: string;
  /** `ingress` in the stage's settings, as TOML; absent: by plain HTTP, of the kind that the cluster has. */
  readonly ingress?: string;
  /** Stages before this one, as TOML. */
  readonly stages?: string;
  /** Fills the app's folder, with its app.toml; absent: a server of a few lines. */
  readonly fill?: (folder: string) => Promise<void>;
  /** Of every command line. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The whole of it as a user has it: the command line, a folder with an app, a blueprint, and a real cluster. */
export interface DeployedApp {
  readonly slug: string;
  readonly lab: LabCluster;
  /** Holds the blueprint, and the app's folder, which is named by its slug. */
  readonly folder: string;
  /** Namespaces of the app's pods and of the stage's records. */
  readonly namespace: string;
  readonly records: string;
  /** Writes the blueprint again, with these lines in the stage's settings. */
  settings(more: string): Promise<void>;
  /** Another version of the app's source; `wrong` is run before it listens. */
  version(name: string, wrong?: string): Promise<void>;
  /** The command line on a machine of its own: nothing of another machine's state is there. */
  start(machine: string, ...args: readonly string[]): ChildProcess;
  railiance(machine: string, ...args: readonly string[]): Promise<Ended>;
  /** Gives what it said. @throws Error with that, where it ends otherwise */
  must(exitCode: number, machine: string, ...args: readonly string[]): Promise<string>;
  succeeds(machine: string, ...args: readonly string[]): Promise<string>;
  /** What the public route answers. */
  serves(path?: string): Promise<string>;
  visitor(): Visitor;
  close(): Promise<void>;
}

export interface Visitor {
  readonly answers: number;
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

const appToml = `
[build]
builder = "node"
[run]
health = "/healthz"
start_timeout = "20s"
[secrets]
generate = ["SESSION"]
[[smoke]]
path = "/"
expect = { status = 200, body = "version" }
`;

export async function openDeployedApp(
  purpose: string,
  { slug, toml = appToml, settings = '', ingress, stages = '', fill, env: more = {} }: DeployedAppOptions,
): Promise<DeployedApp> {
  const lab = openLabCluster(purpose);
  const folder = await mkdtemp(join(tmpdir(), `railiance-${purpose}-`));
  const cwd = join(folder, slug);
  const places = { namespace: `${lab.mark}-apps`, records: `${lab.mark}-state` };
  const [host = '', port = ''] = lab.http.split(':');
  const route = { url: `http://${slug}.production.localhost`, connect: { host, port: Number(port) } };

  const guests: Visitor[] = [];

  const app: DeployedApp = {
    ...{ slug, lab, folder, ...places },
    settings: (words) => writeFile(join(folder, 'blueprint.toml'), blueprint(lab, { ingress, stages, words })),
    version: (name, wrong = '') => writeFile(join(cwd, 'server.js'), server(name, wrong)),

    start(machine, ...args) {
      const env = { ...process.env, ...more, RAILIANCE_HOME: join(folder, `home-${machine}`), NO_COLOR: '1' };
      const argv = ['--conditions=railiance-source', main, ...args];
      return spawn(process.execPath, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    },
    railiance: async (machine, ...args) => await ended(app.start(machine, ...args)),
    async must(exitCode, machine, ...args) {
      const seen = await app.railiance(machine, ...args);
      if (seen.exitCode === exitCode) return seen.output;
      throw new Error(`${args.join(' ')} ended with ${seen.exitCode}, not ${exitCode}: ${seen.output}`);
    },
    succeeds: async (machine, ...args) => await app.must(0, machine, ...args),
    serves: async (path = '/') => (await fetchAt(route, path)).body,
    visitor() {
      const guest = visit(route);
      guests.push(guest);
      return guest;
    },

    async close() {
      await Promise.all(guests.map((guest) => guest.stop()));
      await lab.clear();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await mkdir(cwd);
  await app.settings(settings);
  if (fill) {
    await fill(cwd);
    return app;
  }
  await writeFile(join(cwd, 'app.toml'), `[app]\nname = "${slug}"\nslug = "${slug}"\n${toml}`);
  const manifest = { name: slug, version: '1.0.0', type: 'module', main: 'server.js' };
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest));
  await app.version('v1');
  return app;
}

/** The app as one machine knows it, for the invariants that hold on every engine. */
export function askedFrom(app: DeployedApp, machine: string): Asked {
  return {
    slug: app.slug,
    json: async (...args) => JSON.parse((await app.railiance(machine, ...args, '--json')).stdout),
    must: async (exitCode, ...args) => await app.must(exitCode, machine, ...args),
  };
}

/** Waits for the end of a command line that was started. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const streams = [child.stdout, child.stderr] as NodeJS.ReadableStream[];
  const [words, [exitCode]] = await Promise.all([
    Promise.all(streams.map((stream) => text(stream))),
    once(child, 'exit'),
  ]);
  return { exitCode: exitCode as number | null, stdout: words[0] ?? '', output: words.join('') };
}

interface StageWords {
  readonly ingress: string | undefined;
  readonly stages: string;
  readonly words: string;
}

const blueprint = ({ registry, http, mark }: LabCluster, { ingress, stages, words }: StageWords) => `
[registry]
push = "${registry}"
plain_http = true
${stages}
[[stages]]
name = "production"
engine = "kubernetes"
production = false
[stages.settings]
namespace = "${mark}-apps"
state_namespace = "${mark}-state"
ingress = ${ingress ?? `{ http = "${http}" }`}
${words}
`;

const server = (name: string, wrong: string) => `import { createServer } from 'node:http';
console.log('session', process.env.SESSION);
${wrong}
const server = createServer((request, response) =>
  response.end(request.url === '/session' ? process.env.SESSION : 'version ${name}'));
server.listen(process.env.PORT);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** Asks without a pause until it is told to stop; every answer counts. */
function visit(route: Parameters<typeof fetchAt>[0]): Visitor {
  const seen = { answers: 0, failures: [] as string[] };
  let over = false;
  const asking = (async () => {
    while (!over) {
      const answer = await fetchAt(route, '/').catch((error: Error) => ({ status: 0, body: error.message }));
      seen.answers++;
      if (answer.status !== 200) seen.failures.push(`${answer.status} ${answer.body.slice(0, 80)}`);
      await wait(5);
    }
  })();
  return Object.assign(seen, {
    stop: async () => {
      over = true;
      await asking;
    },
  });
}
