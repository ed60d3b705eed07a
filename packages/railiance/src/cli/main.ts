import packageJson from '../../package.json' with { type: 'json' };

import { runCommandLine } from './run.ts';

process.exit(
  await runCommandLine(process.argv.slice(2), {
    streams: process,
    env: process.env,
    cwd: process.cwd(),
    version: packageJson.version,
    signals: process,
    exit: (code) => process.exit(code),
  }),
);
