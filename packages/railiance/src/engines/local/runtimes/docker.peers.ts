import { after } from 'node:test';

import { createLocalExec } from '../../../exec/localExec.ts';
import { startDockerEngine } from '../../../testing/dockerEngine.ts';
import { runtimeContract } from './contract.ts';
import { dockerRuntime } from './docker.ts';

const engine = await startDockerEngine('host');
Object.assign(process.env, engine.env);
after(() => engine.stop());

runtimeContract({ create: async () => dockerRuntime(createLocalExec()) });
