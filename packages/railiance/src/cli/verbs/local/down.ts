import { defineCommand } from '../../command.ts';
import { openRecords } from '../../records.ts';

export default defineCommand({
  name: 'local down',
  group: 'Operate',
  summary: 'Stop every app of this machine, the database and the agent',
  description: ['Nothing is forgotten: the next `railiance local up` brings back what served.'],
  arguments: {},
  options: {},
  examples: [{ line: 'railiance local down', does: 'before the machine is switched off' }],
  async run({ output, env }) {
    const { engine } = await openRecords(env);
    const stopped = await engine.down();
    output.result({ schema: 'railiance.agent.v1', running: false, stopped } as const, () =>
      output.line(stopped ? 'everything is stopped' : 'no agent was running'),
    );
  },
});
