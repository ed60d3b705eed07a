import packageJson from '../../package.json' with { type: 'json' };

import { commands } from './commands.ts';
import { runCommandLine } from './run.ts';

process.exit(
  await runCommandLine(process.argv.slice(2), {
    streams: process,
    env: process.env,
    cwd: process.cwd(),
    version: packageJson.version,
    commands,
    signals: process,
    exit: (code) => process.exit(code),
  }),
);
