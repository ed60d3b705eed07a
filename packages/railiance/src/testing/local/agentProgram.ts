/** The agent as a process of its own, for tests that kill it: `node agentProgram.ts <layers folder>`, $RAILIANCE_HOME. */
import { homeAt } from '../../config/home.ts';
import { systemClock } from '../../domain/clock.ts';
import { openAgent } from '../../engines/local/agent.ts';
import { processRuntime } from '../../engines/local/runtimes/process.ts';
import { createLayerStore } from '../../engines/local/runtimes/unpack.ts';
import { createFileSecretStore } from '../../secrets/fileSecretStore.ts';

const home = homeAt(process.env);
const agent = await openAgent({
  home,
  port: 0,
  version: '0.0.0',
  runtimes: [processRuntime(createLayerStore(process.argv[2] ?? '', 'this-boot'))],
  secrets: createFileSecretStore({ home }),
  services: [],
  clock: systemClock,
  log: (line) => process.stdout.write(`${line}\n`),
});
process.once('SIGTERM', () => void agent.stop());
await agent.closed;
process.exit(0);
