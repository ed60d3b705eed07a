import { Failure } from '../../domain/failure.ts';
import type { Exec } from '../../exec/exec.ts';
import type { BuildRequest } from '../builder.ts';

const timeoutMs = 30 * 60 * 1000;

/** Runs the app's own build, `npm run <script>`. @throws Failure with its last line where it fails */
export async function runBuildScript(
  { app, progress, signal }: BuildRequest,
  script: string,
  exec: Exec,
): Promise<void> {
  progress({ kind: 'note', text: `npm run ${script}` });
  let lastLine = '';
  const { exitCode, timedOut } = await exec.run({
    argv: ['npm', 'run', '--silent', script],
    cwd: app.directory,
    env: app.build.env,
    timeoutMs,
    signal,
    onLine: (line) => {
      if (line.trim() !== '') lastLine = line.trim();
      progress({ kind: 'log', source: 'npm', line });
    },
  });
  if (exitCode === 0) return;
  signal.throwIfAborted();
  const ended = timedOut ? `did not end in ${timeoutMs / 60_000} minutes` : `ended with exit code ${exitCode}`;
  throw new Failure(`build ${app.slug}`, `npm run ${script} ${ended}${lastLine === '' ? '' : `: ${lastLine}`}`, {
    hint: `run \`npm run ${script}\` in ${app.directory} to see all of it`,
  });
}
