import { isBuiltin } from 'node:module';

import type { Plugin } from 'esbuild';
import { parseSync } from 'oxc-parser';

/**
 * Takes Node's own modules by `process.getBuiltinModule` instead of `import`. For an import Node builds a namespace, which
 * reads every lazy property of the module: of `node:process`, `node:util` and `node:fs` that costs 15 ms of each start,
 * more than all of our own code. Side effects and live bindings are lost, and built-in modules have none that matter.
 */
export function withoutBuiltinImports(code: string): string {
  const { module, errors } = parseSync('bundle.js', code);
  if (errors.length > 0) throw new Error(`parse the bundle: ${errors[0]?.message}`);
  let rest = '';
  let copied = 0;
  const declarations: string[] = [];
  for (const { start, end, moduleRequest, entries } of module.staticImports) {
    if (!isBuiltin(moduleRequest.value)) continue;
    const name = JSON.stringify(moduleRequest.value);
    rest += code.slice(copied, start);
    copied = end;
    for (const { importName, localName } of entries) {
      const named = importName.kind === 'Name' && importName.name !== 'default' ? `.${importName.name}` : '';
      declarations.push(`const ${localName.value}=globalThis.process.getBuiltinModule(${name})${named};`);
    }
  }
  return declarations.join('') + rest + code.slice(copied);
}

/** commander can run commands that are programs of their own; there are none, and loading what starts them takes 4 ms. */
export const withoutCommandPrograms: Plugin = {
  name: 'without-command-programs',
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/') ? { path: 'none', namespace: 'none' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: 'export default {};' }));
  },
};
