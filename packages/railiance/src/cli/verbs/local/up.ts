import { defineCommand, integer } from '../../command.ts';
import { dim } from '../../output/text.ts';
import { openRecords } from '../../records.ts';
import { printAgent } from './printAgent.ts';

export default defineCommand({
  name: 'local up',
  group: 'Operate',
  summary: 'Start the agent that runs and routes releases on this machine',
  description: [
    'Every verb that needs it starts it by itself. It runs in the background under a small guard that starts it again when it dies; what served before comes back.',
  ],
  arguments: {},
  options: {
    port: integer(
      'port',
      'of the router; 0 for any; without it, the one it had before, else 8080',
      undefined,
      [0, 65_535],
    ),
  },
  examples: [{ line: 'railiance local up --port 9000', does: 'route at http://<app>.<stage>.localhost:9000' }],
  async run({ options, output, env }) {
    const { engine } = await openRecords(env);
    const note = (event: { kind: string; text?: string }) =>
      event.kind === 'note' && output.note(dim(event.text ?? ''));
    const agent = await engine.up(note, options.port);
    output.result({ schema: 'railiance.agent.v1', running: true, ...agent } as const, () => printAgent(agent, output));
  },
});
