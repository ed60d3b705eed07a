import { defineCommand } from '../../command.ts';
import { openRecords } from '../../records.ts';
import { printAgent } from './printAgent.ts';

export default defineCommand({
  name: 'local status',
  group: 'Look',
  summary: 'Show the agent of this machine: runtimes, services, instances',
  arguments: {},
  options: {},
  examples: [{ line: 'railiance local status', does: 'which runtime is used here, and why not another' }],
  async run({ output, env }) {
    const { engine, home } = await openRecords(env);
    const agent = await engine.agentStatus();
    if (!agent) {
      output.result({ schema: 'railiance.agent.v1', running: false } as const, () =>
        output.line(`no agent runs for ${home.root}; railiance local up starts it`),
      );
      return;
    }
    output.result({ schema: 'railiance.agent.v1', running: true, ...agent } as const, () => printAgent(agent, output));
  },
});
