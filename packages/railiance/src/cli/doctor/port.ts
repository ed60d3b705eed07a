import { createServer } from 'node:net';

import { defineDoctorCheck } from './doctorCheck.ts';

const usual = 8080;

function problemOfListening(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRINUSE' ? `${port} is taken by another program` : error.message);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
}

export const portCheck = defineDoctorCheck({
  name: 'port',
  neededFor: 'the usual address of apps on this machine',
  async look({ env }) {
    const { openRecords } = await import('../records.ts');
    const agent = await (await openRecords(env)).engine.agentStatus().catch(() => undefined);
    if (agent) return { works: true, summary: `${agent.port} is the agent's` };
    const problem = await problemOfListening(usual);
    if (problem === undefined) return { works: true, summary: `${usual} is free` };
    return { works: false, summary: problem, hint: 'railiance local up --port 0 takes any free one' };
  },
});
