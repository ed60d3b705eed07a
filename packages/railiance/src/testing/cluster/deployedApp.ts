// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import type { Asked } from '../../../../../test/chaos/invariants.ts';
import { fetchAt } from '../local/localFixture.ts';
import { type Tree, writeTree } from '../tree.ts';
import { clusterBlueprint } from './clusterBlueprint.ts';
import { type LabCluster, openLabCluster } from './clusterFixture.ts';
import { type Visitor, visit } from './visitor.ts';

const main = fileURLToPath(import.meta.resolve('../../cli/main.ts'));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Standard output and standard error. */
  readonly output: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface DeployedAppOptions {
  /** Slug of the app; also its folder. */
  readonly slug: string;
  /** What its app.toml says beside name and slug. */
  readonly toml?: string;
  /** What the stage's settings say beside namespaces and ingress. */
  readonly settings?: string;
  /** `ingress` in the stage's settings, as TOML; absent: by plain HTTP, of the kind that the cluster has. */
  readonly ingress?: string;
  /** Of the registry, as TOML: `credentials.pull = "env:NAME"`. */
  readonly credentials?: string;
  /** More of the blueprint, before the stage: nodes, other stages. */
  readonly blueprint?: string;
  /** Fills the app's folder, with its app.toml; absent: a server of a few lines. */
  readonly fill?: (folder: string) => Promise<void>;
  /**
   * Machines with a host name of their own, and an environment: who runs there cannot see whether a process of another machine
   * still lives.
   */
  readonly hosts?: Readonly<Record<string, Environment>>;
  /** Of every command line; undefined takes a variable of this process away. */
  readonly env?: Environment;
}

/** The whole of it as a user has it: the command line, a folder with an app, a blueprint, and a real cluster. */
export interface DeployedApp {
  readonly slug: string;
  /** Public host name, of this corner of the cluster alone. */
  readonly host: string;
  readonly lab: LabCluster;
  /** Holds the blueprint. */
  readonly folder: string;
  /** The app's own folder in it, which is named by its slug. */
  readonly directory: string;
  /** Namespaces of the app's pods and of the stage's records. */
  readonly namespace: string;
  readonly records: string;
  /** Writes the blueprint again, with these lines in the stage's settings. */
  settings(more: string): Promise<void>;
  /** Writes app.toml again: this beside name and slug. */
  configure(toml: string): Promise<void>;
  /** Writes files of the app. */
  write(files: Tree): Promise<void>;
  /** Another version of the app's source; `wrong` is run before it listens. */
  version(name: string, wrong?: string): Promise<void>;
  /** Environment of a machine of its own: nothing of another machine's state is there, nor of whoever runs the test. */
  env(machine: string): Environment;
  /** The command line on such a machine. */
  start(machine: string, ...args: readonly string[]): ChildProcess;
  railiance(machine: string, ...args: readonly string[]): Promise<Ended>;
  /** Gives what it said. @throws Error with that, where it ends otherwise */
  must(exitCode: number, machine: string, ...args: readonly string[]): Promise<string>;
  succeeds(machine: string, ...args: readonly string[]): Promise<string>;
  /** What the public route answers: `version <name>`, below `/env/` the value of a variable. */
  serves(path?: string): Promise<string>;
  visitor(): Visitor;
  close(): Promise<void>;
}

/** Where somebody's own keys and settings may be. */
const notOfTheTest: Environment = { XDG_CONFIG_HOME: undefined, SOPS_AGE_KEY: undefined, SOPS_AGE_KEY_FILE: undefined };

/** An app with a smoke test and a secret of its own. */
export const plainToml = `
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

export async function openDeployedApp(purpose: string, options: DeployedAppOptions): Promise<DeployedApp> {
  const {
    slug,
    toml = plainToml,
    settings = '',
    ingress,
    credentials = '',
    blueprint = '',
    fill,
    hosts = {},
    env: more = {},
  } = options;
  const lab = openLabCluster(purpose);
  const folder = await mkdtemp(join(tmpdir(), `railiance-${purpose}-`));
  const directory = join(folder, slug);
  const places = { namespace: `${lab.mark}-apps`, records: `${lab.mark}-state` };
  const domain = `${lab.mark}.localhost`;
  const host = `${slug}.${domain}`;
  const [address = '', port = ''] = lab.http.split(':');
  const route = { url: `http://${host}`, connect: { host: address, port: Number(port) } };
  const ofStage = [
    `namespace = "${places.namespace}"`,
    `state_namespace = "${places.records}"`,
    `domain = "${domain}"`,
    `ingress = ${ingress ?? `{ http = "${lab.http}" }`}`,
  ];

  const guests: Visitor[] = [];

  const app: DeployedApp = {
    ...{ slug, host, lab, folder, directory, ...places },
    async settings(words) {
      const { registry } = lab;
      const page = clusterBlueprint({ registry, credentials, before: blueprint, settings: [...ofStage, words] });
      await writeFile(join(folder, 'blueprint.toml'), page);
    },
    configure: (words) => writeFile(join(directory, 'app.toml'), `[app]\nname = "${slug}"\nslug = "${slug}"\n${words}`),
    write: async (files) => void (await writeTree(directory, files)),
    version: (name, wrong = '') => writeFile(join(directory, 'server.js'), server(name, wrong)),

    env(machine) {
      const home = join(folder, `home-${machine}`);
      const own = { HOME: home, RAILIANCE_HOME: join(home, 'railiance'), NO_COLOR: '1' };
      return { ...process.env, ...notOfTheTest, ...own, ...more, ...hosts[machine] };
    },
    start(machine, ...args) {
      const argv = [process.execPath, '--conditions=railiance-source', main, ...args];
      const [program = '', ...rest] = hosts[machine] ? [...asHost(machine), ...argv] : argv;
      return spawn(program, rest, {
        ...{ cwd: directory, env: app.env(machine), stdio: ['ignore', 'pipe', 'pipe'] },
      });
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
  await mkdir(directory);
  await app.settings(settings);
  if (fill) await fill(directory);
  else await writeApp(app, toml);
  return app;
}

/** https://man7.org/linux/man-pages/man7/uts_namespaces.7.html */
const asHost = (name: string) => ['unshare', '--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', name];

async function writeApp(app: DeployedApp, toml: string): Promise<void> {
  await app.configure(toml);
  await app.write({ 'package.json': { name: app.slug, version: '1.0.0', type: 'module', main: 'server.js' } });
  await app.version('v1');
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

/** It speaks to one stream only: of what goes to two at once, a node keeps either first. */
const server = (name: string, wrong: string) => `import { createServer } from 'node:http';
console.error('session', process.env.SESSION);
${wrong}
const server = createServer((request, response) => {
  const [, variable] = request.url.split('/env/');
  response.end(variable ? process.env[variable] : 'version ${name}');
});
server.listen(process.env.PORT);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
