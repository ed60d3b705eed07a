import { join } from 'node:path';

import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';
import type { Progress } from '../../domain/progress.ts';
import type { Command, CommandResult, Exec } from '../../exec/exec.ts';
import { createSshExec } from '../../exec/ssh/sshExec.ts';
import type { SshOptions } from '../../exec/ssh/target.ts';
import { packTar, type TarEntry } from '../../oci/index.ts';
import { clientEnvironment } from './clientEnvironment.ts';
import type { BuildPlace } from './places.ts';
import { prepareScript, readPrepared } from './prepare.ts';

/** A folder of a build's own on the machine that builds, with a tool that is there. */
export interface Workshop {
  readonly place: BuildPlace;
  /** Absolute, on that machine. */
  readonly directory: string;
  readonly tool: Tool;
  /** Runs the tool, or another program. Its output goes to the progress, line by line. */
  run(argv: Command['argv'], env?: Readonly<Record<string, string>>): Promise<CommandResult>;
  /** Puts files into a folder of the workshop's. The same entries give the same files: times, owners and modes too. */
  send(folder: string, entries: Iterable<TarEntry>): Promise<void>;
  /** Where a file of that machine is on this one; `spoolFile` receives it where it comes from elsewhere. */
  fetch(file: string, spoolFile: string): Promise<string>;
  close(): Promise<void>;
}

export interface Tool {
  readonly name: string;
  /** Absolute, there. */
  readonly path: string;
  /** First line of what it says about its version. */
  readonly version: string;
}

export interface WorkshopParts {
  readonly exec: Exec;
  readonly ssh: SshOptions;
  /** Folder of this machine for builds. */
  readonly folder: string;
}

export interface WorkshopRequest {
  readonly action: string;
  readonly places: readonly BuildPlace[];
  /** Names of programs; the first that is there is taken. */
  readonly tools: readonly string[];
  /** What helps where none is there, beside installing one. */
  readonly otherwise?: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const transferTimeoutMs = 30 * 60_000;
const buildTimeoutMs = 4 * 60 * 60_000;
const prepareTimeoutMs = 60_000;

/**
 * Opens a workshop on the first of the places that is reached and has one of the tools.
 * @throws Failure naming what each place lacks; at once where a place is not the machine it was
 */
export async function openWorkshop(request: WorkshopRequest, parts: WorkshopParts): Promise<Workshop> {
  const { action, places, tools, progress } = request;
  const failures: Failure[] = [];
  for (const place of places) {
    try {
      const workshop = await openAt(place, request, parts);
      const { path, version } = workshop.tool;
      progress({ kind: 'note', text: `${version}, ${path} on ${place.name}` });
      return workshop;
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== exitCodes.dependencyMissing) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (failures.length === 1 && first !== undefined) throw first;
  throw new Failure(action, failures.map(problemOf).join('; '), {
    hint: first?.hint ?? `install ${tools.join(' or ')} on one of them`,
    exitCode: exitCodes.dependencyMissing,
  });
}

async function openAt(place: BuildPlace, request: WorkshopRequest, parts: WorkshopParts): Promise<Workshop> {
  const { action, tools, otherwise, progress, signal } = request;
  const exec =
    place.ssh === undefined ? parts.exec : createSshExec(place.ssh, parts.exec, { ...parts.ssh, name: place.name });
  const own = place.ssh === undefined ? clientEnvironment(process.env) : {};
  const base = place.ssh === undefined ? [parts.folder] : [''];
  const prepared = await exec.run({
    argv: ['sh', '-c', prepareScript, 'sh', ...base, ...tools],
    env: own,
    timeoutMs: prepareTimeoutMs,
    signal,
  });
  const { directory, tool } = readPrepared(prepared, {
    action,
    place: place.name,
    tools,
    ...(otherwise === undefined ? {} : { otherwise }),
  });
  const inFolder = (argv: Command['argv'], more: Omit<Command, 'argv'> = {}) =>
    exec.run({ argv, cwd: directory, signal, timeoutMs: transferTimeoutMs, ...more });

  return {
    place,
    directory,
    tool,
    run: (argv, env = {}) =>
      inFolder(argv, {
        env: { ...own, ...place.env, ...env },
        timeoutMs: buildTimeoutMs,
        onLine: (line) => progress({ kind: 'log', source: tool.name, line }),
      }),
    send: async (folder, entries) => {
      const target = join(directory, folder);
      // `-o`: root keeps no owners of its own; `-p`: whatever mask a login has there.
      const script = 'mkdir -p -- "$0" && exec tar -x -o -p -f - -C "$0"';
      const input = withProgress(packTar(entries), place, progress);
      succeeded(await inFolder(['sh', '-c', script, target], { input }), `send the source to ${place.name}`, signal);
    },
    fetch: async (file, spoolFile) => {
      if (place.ssh === undefined) return file;
      progress({ kind: 'note', text: `fetching the image from ${place.name}` });
      const result = await inFolder(['cat', '--', file], { outputFile: spoolFile });
      succeeded(result, `fetch the image from ${place.name}`, signal);
      return spoolFile;
    },
    close: async () => {
      await exec.run({
        argv: ['sh', '-c', 'chmod -R u+w "$0"; rm -rf -- "$0"', directory],
        timeoutMs: prepareTimeoutMs,
      });
    },
  };
}

function succeeded({ exitCode, stderr }: CommandResult, action: string, signal: AbortSignal): void {
  if (exitCode === 0) return;
  signal.throwIfAborted();
  throw new Failure(action, stderr.trim().split('\n').at(-1) || `it ended with ${exitCode}`);
}

function* withProgress(chunks: Iterable<Uint8Array>, { name, ssh }: BuildPlace, progress: Progress) {
  let done = 0;
  for (const chunk of chunks) {
    done += chunk.length;
    if (ssh !== undefined) progress({ kind: 'bytes', text: `source to ${name}`, done });
    yield chunk;
  }
}
