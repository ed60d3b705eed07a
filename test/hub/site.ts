import { type ChildProcess, execFileSync } from 'node:child_process';
import { glob, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { type Ended, railiance } from '../cli/started.ts';

export interface Started {
  readonly child: ChildProcess;
  /** Resolves with what the pattern finds in standard error. @throws with all of it where the command ends before */
  says(pattern: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
}

/** A team's folder with one small app and two stages, and a home of its own. */
export interface Site {
  readonly home: string;
  /** Commits another version of the app: `serves`, `crashes`, or `lingers` for a while before it is ready. */
  commit(behaviour: 'serves' | 'crashes' | 'lingers'): void;
  start(...words: readonly string[]): Started;
  run(...words: readonly string[]): Promise<Ended>;
  /** Every value that this home keeps secret. */
  secrets(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const main = `import { createServer } from 'node:http';
console.log('starting with ' + process.env.TOKEN);
const behaviour = BEHAVIOUR;
if (behaviour === 'crashes') throw new Error('no such table: things, and ' + process.env.TOKEN);
const listen = () => {
  const server = createServer((_, response) => response.end('thing')).listen(Number(process.env.PORT));
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
};
setTimeout(listen, behaviour === 'lingers' ? 3000 : 0);
`;

const files = (hubUrl: string) => ({
  'app.toml': `[app]
name = "Thing"
slug = "thing"
[build]
builder = "node"
[run]
command = ["node", "main.js"]
[secrets]
required = ["TOKEN"]
generate = ["TOKEN"]
[[smoke]]
name = "page"
path = "/"
expect = { status = 200, body = "thing" }
`,
  'blueprint.toml': `[[stages]]
name = "canary"
[[stages]]
name = "production"
approval = true
[hub]
url = "${hubUrl}"
key = "env:HUB_KEY"
`,
  'package.json': '{ "name": "thing", "version": "1.0.0", "type": "module", "private": true }\n',
});

/** `key` is given to the tool as the variable that blueprint.toml names. */
export async function openSite(hub: { readonly url: string; readonly key: string }): Promise<Site> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'railiance-hub-')));
  const [home, app] = [join(folder, 'home'), join(folder, 'app')];
  await mkdir(app);
  for (const [name, text] of Object.entries(files(hub.url))) await writeFile(join(app, name), text);
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, HOME: folder, RAILIANCE_HOME: home, HUB_KEY: hub.key };
  const git = (...words: readonly string[]) => {
    const identity = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.org'];
    execFileSync('git', [...identity, ...words], { cwd: app, env, stdio: 'ignore' });
  };
  git('init', '-q');
  let version = 0;

  const start = (...words: readonly string[]): Started => {
    const { child, stderr, ended } = railiance(words, { cwd: app, env });
    const says = async (pattern: RegExp) => {
      for (;;) {
        const found = pattern.exec(stderr())?.[0];
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`${words.join(' ')} ended with ${child.exitCode}: ${stderr()}`);
        await wait(20);
      }
    };
    return { child, says, ended };
  };

  const up = await start('local', 'up', '--port', '0').ended;
  if (up.exitCode !== 0) throw new Error(up.stderr);
  return {
    home,
    start,
    run: (...words) => start(...words).ended,
    commit(behaviour) {
      const text = `${main.replace('BEHAVIOUR', JSON.stringify(behaviour))}// version ${++version}\n`;
      execFileSync('tee', ['main.js'], { cwd: app, input: text, stdio: ['pipe', 'ignore', 'ignore'] });
      git('add', '-A');
      git('commit', '-qm', `version ${version}`);
    },
    async secrets() {
      const values: string[] = [hub.key];
      for await (const file of glob('apps/*/*/secrets/*.json', { cwd: home })) {
        const { values: found } = JSON.parse(await readFile(join(home, file), 'utf8'));
        values.push(...Object.values<string>(found));
      }
      return values;
    },
    async close() {
      await start('local', 'down', '--yes').ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
