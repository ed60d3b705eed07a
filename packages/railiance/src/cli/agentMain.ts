import packageJson from '../../package.json' with { type: 'json' };

import { homeAt } from '../config/home.ts';
import { createEmbeddedDatabase } from '../database/embedded.ts';
import { systemClock } from '../domain/clock.ts';
import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { silent } from '../domain/progress.ts';
import { openAgent } from '../engines/local/agent.ts';
import type { AgentService } from '../engines/local/agentService.ts';
import { defaultRuntimes } from '../engines/local/runtimes/index.ts';
import { recordStartFailure } from '../engines/local/state/startFailure.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { createFileSecretStore } from '../secrets/fileSecretStore.ts';

/**
 * The local engine's agent as a process of its own, started by `agentProcess.ts` under its guard. Standard output and
 * error are its log file.
 */
const home = homeAt(process.env);
const clock = systemClock;
const exec = createLocalExec();
const log = (line: string) => process.stdout.write(`${clock.now().toISOString()} ${line}\n`);

function postgres(): AgentService {
  const database = createEmbeddedDatabase({ home, clock, exec });
  return {
    name: 'postgres',
    ensure: () => database.ensure(silent),
    stop: () => database.stop(),
    status: () => database.status(),
    untilGone: (signal) => database.untilGone(signal),
  };
}

try {
  const at = process.argv.indexOf('--port');
  const agent = await openAgent({
    ...{ home, clock, log, version: packageJson.version },
    ...(at > 0 && { port: Number(process.argv[at + 1]) }),
    runtimes: defaultRuntimes({ exec, home }),
    secrets: createFileSecretStore({ home }),
    services: [postgres()],
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void agent.stop());
  await agent.closed;
  process.exit(exitCodes.done);
} catch (error) {
  log(`the agent ends: ${problemOf(error)}`);
  await recordStartFailure(home.agent, error).catch(() => {});
  process.exit(error instanceof Failure ? error.exitCode : exitCodes.failedAndRolledBack);
}
