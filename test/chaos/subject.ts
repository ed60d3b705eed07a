import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const cli = join(root, 'packages/railiance/bin/railiance.js');

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A copy of the probe in a git repository and a state home of its own, driven through the command line alone. */
export class Subject {
  readonly slug = 'probe';
  readonly base = mkdtempSync(join(tmpdir(), 'railiance-chaos-'));
  readonly app = join(this.base, 'probe');
  readonly home = join(this.base, 'home');
  #version = 0;

  constructor() {
    cpSync(join(root, 'examples/probe'), this.app, { recursive: true });
    mkdirSync(join(this.app, 'node_modules'));
    symlinkSync(join(root, 'node_modules/pg'), join(this.app, 'node_modules/pg'));
    writeFileSync(join(this.app, '.gitignore'), 'node_modules\n');
    this.#git('init', '--quiet');
    this.change();
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, RAILIANCE_HOME: this.home, NO_COLOR: '1' };
  }

  start(...args: readonly string[]): Running {
    return this.spawn(process.execPath, [cli, ...args]);
  }

  spawn(program: string, args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): Running {
    const child = spawn(program, args, { cwd: this.app, env: this.env, stdio: [stdin, 'pipe', 'pipe'] });
    const ended = new Promise<Ended>((resolve, reject) => {
      let [stdout, stderr] = ['', ''];
      child.stdout?.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr?.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
    });
    return { child, ended };
  }

  railiance(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** As `railiance`. @throws what was printed, where the exit code is another one */
  async must(exitCode: number, ...args: readonly string[]): Promise<string> {
    const ended = await this.railiance(...args);
    if (ended.exitCode === exitCode) return ended.stdout;
    throw new Error(
      `railiance ${args.join(' ')}: exit ${ended.exitCode}, not ${exitCode}\n${ended.stdout}${ended.stderr}`,
    );
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse((await this.railiance(...args, '--json')).stdout) as T;
  }

  /** Commits a new version: a small edit of its page. */
  change(): string {
    this.#version += 1;
    const file = join(this.app, 'src/page.ts');
    const page = readFileSync(file, 'utf8').replace(/<title>[^<]*</, `<title>Probe ${this.#version}<`);
    writeFileSync(file, page);
    this.#git('add', '--all');
    this.#git('commit', '--quiet', '--message', `Version ${this.#version}`);
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: this.app, encoding: 'utf8' }).trim();
  }

  target(stage: string): string {
    return join(this.home, 'apps/probe', stage);
  }

  async remove(): Promise<void> {
    await this.railiance('local', 'down');
    rmSync(this.base, { recursive: true, force: true });
  }

  #git(...args: readonly string[]): void {
    const settings = ['-c', 'user.name=Chaos', '-c', 'user.email=chaos@localhost', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...settings, ...args], { cwd: this.app });
  }
}
