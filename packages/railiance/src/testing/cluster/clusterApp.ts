// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fetchAt } from '../local/localFixture.ts';
import { type Tree, writeTree } from '../tree.ts';
import { type LabCluster, openLabCluster } from './clusterFixture.ts';

const main = fileURLToPath(import.meta.resolve('../../cli/main.ts'));

/** A folder with a blueprint and an app called `web`, and the command line in it, as a user has them beside a cluster. */
export interface ClusterApp {
  readonly lab: LabCluster;
  readonly folder: string;
  /** Host name of the app. */
  readonly host: string;
  write(files: Tree): Promise<void>;
  /** @throws AssertionError-like Error with all that was printed, where the exit code is another one */
  railiance(args: readonly string[], exitCode?: number): Promise<string>;
  /** What the app's public route answers. */
  answer(path?: string): Promise<string>;
  close(): Promise<void>;
}

export interface ClusterAppOptions {
  readonly purpose: string;
  /** More of the stage's settings, as TOML within a table: `via = "core"`. */
  readonly settings?: (lab: LabCluster) => string;
  /** More of the blueprint. */
  readonly blueprint?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly appToml?: (host: string) => string;
}

/** Answers with `$WORDS`, else with where it is asked. */
const server = `import { createServer } from 'node:http';
const server = createServer((request, response) => response.end(process.env.WORDS ?? 'asked ' + request.url));
server.listen(process.env.PORT);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

export const plainAppToml = (host: string, more = '', deploy = '') => `
[app]
name = "web"
[build]
builder = "node"
[deploy]
host = "${host}"
${deploy}
[run]
health = "/"
start_timeout = "30s"
${more}`;

export async function openClusterApp(options: ClusterAppOptions): Promise<ClusterApp> {
  const { purpose, settings = () => '', blueprint = '', env = {}, appToml = plainAppToml } = options;
  const lab = openLabCluster(purpose);
  const { registry, http, mark } = lab;
  const folder = await mkdtemp(join(tmpdir(), `railiance-${purpose}-`));
  const host = `web-${mark}.localhost`;
  const more = settings(lab);
  const stage = [
    `namespace = "${mark}-apps"`,
    `state_namespace = "${mark}-state"`,
    `ingress = { http = "${http}" }`,
    more,
  ];
  await writeTree(folder, {
    'blueprint.toml': `[registry]
push = "${registry}"
plain_http = true
${blueprint}
[[stages]]
name = "production"
engine = "kubernetes"
production = false
[stages.settings]
${stage.join('\n')}
`,
    'web/app.toml': appToml(host),
    'web/package.json': { name: 'web', version: '1.0.0', type: 'module', main: 'server.js' },
    'web/server.js': server,
  });
  const railiance = (args: readonly string[], exitCode = 0) =>
    new Promise<string>((resolve, reject) => {
      const all = { ...process.env, NO_COLOR: '1', RAILIANCE_HOME: join(folder, 'home'), ...env };
      const run = { cwd: join(folder, 'web'), env: all, timeout: 240_000 };
      execFile(process.execPath, ['--conditions=railiance-source', main, ...args], run, (error, stdout, stderr) => {
        const code = error ? Number(error.code ?? 1) : 0;
        if (code === exitCode) resolve(stdout + stderr);
        else reject(new Error(`railiance ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`));
      });
    });
  return {
    ...{ lab, folder, host, railiance },
    write: async (files) => void (await writeTree(folder, files)),
    answer: async (path = '/') => {
      const [address = '', port = ''] = http.split(':');
      return (await fetchAt({ url: `http://${host}`, connect: { host: address, port: Number(port) } }, path)).body;
    },
    close: async () => {
      await lab.clear();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
