import packageJson from '../../package.json' with { type: 'json' };

import { commands } from './commands.ts';
import { useCompileCache } from './compileCache.ts';
import { runCommandLine } from './run.ts';

// The source of a checkout is run by tests, most of which begin with an empty home: they would only write it.
if (import.meta.url.endsWith('.js')) useCompileCache(process.env);

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
