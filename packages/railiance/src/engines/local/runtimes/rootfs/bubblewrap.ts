import { cpSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { type Child, startChild } from '../../../../exec/child.ts';
import { childrenOf, instanceVariable, killAll } from '../processTree.ts';
import { resolveInRoot } from '../unpack/imagePath.ts';
import { environmentFor, misleadingEnvironment } from './commands.ts';
import { hostFiles, type Sandbox, type SandboxSpec } from './sandbox.ts';

/**
 * Starts an app by bubblewrap, which where unprivileged user namespaces are restricted may be the one program that is
 * allowed to make them. Its process 1 reaps and forwards the exit code.
 * https://github.com/containers/bubblewrap
 */
export async function startInBubblewrap(program: string, spec: SandboxSpec): Promise<Sandbox> {
  prepareCopy(spec);
  const child = await startChild({
    ...spec.streams,
    argv: bubblewrapCommand(program, spec),
    env: { ...environmentFor(spec.process.env), [instanceVariable]: spec.id },
    cwd: '/',
  });
  spec.confine(child.pid);
  const appPid = await grandchild(child);
  return {
    child,
    appPid,
    processes: [child.pid],
    stop: async () => {
      killAll(childrenOf(child.pid));
      await child.exited;
    },
  };
}

export function bubblewrapCommand(
  program: string,
  { directory, process: app, volumes }: SandboxSpec,
): readonly [string, ...string[]] {
  return [
    program,
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--uid', String(app.uid), '--gid', String(app.gid)],
    ...['--bind', join(directory, 'copy'), '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...volumes.flatMap(({ hostPath, path }) => ['--bind', hostPath, path]),
    ...Object.entries(misleadingEnvironment(app.env)).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', app.workingDir, '--', ...app.argv],
  ];
}

/** What bubblewrap would stumble over: files of the host that take the place of links, folders that are not there. */
function prepareCopy({ directory, process: app, volumes }: SandboxSpec): void {
  const root = join(directory, 'copy');
  for (const path of [app.workingDir, ...volumes.map((volume) => volume.path), '/proc', '/dev', '/tmp']) {
    mkdirSync(resolveInRoot(root, path), { recursive: true });
  }
  for (const [path, source] of hostFiles()) {
    const folder = resolveInRoot(root, dirname(path));
    const place = join(folder, path.slice(path.lastIndexOf('/')));
    mkdirSync(folder, { recursive: true });
    rmSync(place, { recursive: true, force: true });
    cpSync(realpathSync(source), place);
  }
}

/** Process 1 of the namespace is bubblewrap itself; its first child is the app. */
async function grandchild(child: Child): Promise<number | undefined> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  while (!ended) {
    const [init] = childrenOf(child.pid);
    const [app] = init === undefined ? [] : childrenOf(init);
    if (app !== undefined) return app;
    await wait(2);
  }
  return undefined;
}
