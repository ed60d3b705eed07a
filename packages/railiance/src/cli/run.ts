import { exitCodes } from '../domain/failure.ts';
import type { AnyCommand } from './command.ts';
import type { CommandEntry } from './commands.ts';
import type { Environment } from './output/terminal.ts';
import { Output, type Streams } from './output.ts';
import { parse } from './program.ts';
import { Interrupted, watchSignals } from './signals.ts';

/** The world around one run of the program; tests give their own. */
export interface Host {
  readonly streams: Streams;
  readonly env: Environment;
  readonly cwd: string;
  readonly version: string;
  readonly commands: readonly CommandEntry[];
  readonly signals: Pick<NodeJS.Process, 'on' | 'off'>;
  /** Ends the process at once, for the second signal. */
  exit(code: number): void;
}

type Values = Readonly<Record<string, unknown>>;

/** Runs one command line. Resolves with the exit code after everything is written; never throws. */
export async function runCommandLine(argv: readonly string[], host: Host): Promise<number> {
  const { streams, env, cwd } = host;
  const end = argv.indexOf('--');
  const own = new Set(end < 0 ? argv : argv.slice(0, end));
  const output = new Output(streams, {
    json: own.has('--json'),
    yes: own.has('--yes') || own.has('-y'),
    debug: own.has('--debug') || Boolean(env.RAILIANCE_DEBUG),
    env,
  });
  const watch = watchSignals(
    host.signals,
    () => output.note('railiance: stopping safely (once more leaves at once, and the run can be resumed)'),
    (interrupted) => {
      output.leave();
      host.exit(interrupted.exitCode);
    },
  );
  const crash = (error: unknown) => {
    output.leave();
    host.exit(output.failure(error));
  };
  host.signals.on('uncaughtException', crash);
  let exitCode: number = exitCodes.done;
  try {
    const act = async (command: AnyCommand, args: Values, options: Values) => {
      const context = { args, options, output, env, cwd, signal: watch.signal, stdin: streams.stdin };
      exitCode = (await command.run(context)) ?? exitCodes.done;
    };
    const { version, commands } = host;
    const print = (text: string) => output.page(text);
    await parse(argv, { version, commands, width: Math.min(output.width, 100), print }, act);
  } catch (error) {
    exitCode = watch.interrupted && isAbort(error) ? watch.interrupted.exitCode : output.failure(error);
  }
  watch.stop();
  host.signals.off('uncaughtException', crash);
  return output.end(afterSignal(exitCode, watch.interrupted));
}

function isAbort(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof Error && error.name === 'AbortError');
}

/** A stopped command says so, whatever it made of it; only "needs a person" is more urgent. */
function afterSignal(exitCode: number, interrupted: Interrupted | undefined): number {
  return interrupted && exitCode !== exitCodes.needsPerson ? interrupted.exitCode : exitCode;
}
