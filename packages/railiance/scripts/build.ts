import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { thirdPartyNotices } from '../../../scripts/notices.ts';
import { bundle } from './bundle.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(packageDir, 'dist');

await rm(outdir, { recursive: true, force: true });
// What people look at all day is there with the program itself, and what a deploy begins with is one file: a file more is half a
// millisecond more.
const cli = await bundle({
  outdir,
  entryPoints: { main: 'src/cli/main.ts' },
  first: ['src/cli/run.ts', 'src/cli/commands.ts', 'src/cli/verbs/status.ts'],
  second: [
    'src/cli/verbs/deploy.ts',
    'src/cli/clusterStage.ts',
    'src/cli/gate/stageChecks.ts',
    'src/cli/gate/clusterChecks.ts',
    'src/config/blueprint.ts',
    'src/engines/kubernetes/rollout/instanceObjects.ts',
    'src/checks/diskSpace.ts',
    'src/checks/secretsKey.ts',
  ],
});
const agent = await bundle({ outdir, entryPoints: { agentMain: 'src/cli/agentMain.ts' } });
const scan = await bundle({ outdir, entryPoints: { scanThread: 'src/builders/folderStates/scanThread.ts' } });
const library = await bundle({
  outdir,
  entryPoints: { index: 'src/index.ts', sops: 'src/secrets/sops/index.ts', oci: 'src/oci/index.ts' },
});
const notices = await thirdPartyNotices([...cli, ...agent, ...scan, ...library], packageDir);
await writeFile(join(outdir, 'THIRD-PARTY-NOTICES.txt'), notices);
