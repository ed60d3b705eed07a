import { exitCodes } from '../domain/failure.ts';
import type { AnyCommand } from './command.ts';
import { parse } from './commandLine.ts';
import type { CommandEntry } from './commands.ts';
import { machineProblem } from './machineProblem.ts';
import type { Environment } from './output/terminal.ts';
import { Output, type Streams } from './output.ts';
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
  let exitCode: number = exitCodes.done;
  const act = async (command: AnyCommand, args: Values, options: Values) => {
    exitCode = await underSignals(output, host, command, (signal) =>
      command.run({
        ...{ args, options, output, env, cwd, signal },
        // Node opens it when it is first asked for, which few commands do.
        get stdin() {
          return streams.stdin;
        },
      }),
    );
  };
  const print = (text: string) => output.page(text);
  try {
    await parse(argv, { ...host, width: Math.min(output.width, 100), print }, act);
  } catch (error) {
    exitCode = output.failure(error);
  }
  return output.end(exitCode);
}

const quickMs = 300;

/** Runs a command. The first signal asks it to stop safely, the second one leaves at once, and so does a crash. */
async function underSignals(
  output: Output,
  { signals, exit }: Host,
  { name, resumable }: AnyCommand,
  run: (signal: AbortSignal) => Promise<number | undefined> | Promise<void>,
): Promise<number> {
  let telling: NodeJS.Timeout | undefined;
  const onFirst = () => {
    const more = resumable ? ', and the run can be resumed' : '';
    const tell = () => output.note(`railiance: stopping safely (once more leaves at once${more})`);
    if (resumable) tell();
    // What only looks, such as logs --follow, has mostly ended by then, and nobody waits for a word on it.
    else telling = setTimeout(tell, quickMs);
  };
  const watch = watchSignals(signals, onFirst, (interrupted) => {
    output.leave();
    exit(interrupted.exitCode);
  });
  const crash = (error: unknown) => {
    output.leave();
    exit(output.failure(error));
  };
  signals.on('uncaughtException', crash);
  try {
    return afterSignal((await run(watch.signal)) ?? exitCodes.done, watch.interrupted);
  } catch (error) {
    if (watch.interrupted && isAbort(error)) return watch.interrupted.exitCode;
    return afterSignal(output.failure(machineProblem(error, name)), watch.interrupted);
  } finally {
    clearTimeout(telling);
    watch.stop();
    signals.off('uncaughtException', crash);
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof Error && error.name === 'AbortError');
}

/** A stopped command says so, whatever it made of it; only "needs a person" is more urgent. */
function afterSignal(exitCode: number, interrupted: Interrupted | undefined): number {
  return interrupted && exitCode !== exitCodes.needsPerson ? interrupted.exitCode : exitCode;
}
