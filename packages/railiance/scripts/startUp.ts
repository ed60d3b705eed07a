import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

import type { Plugin } from 'esbuild';
import { parseSync } from 'oxc-parser';

/**
 * Takes Node's own modules by `process.getBuiltinModule` instead of `import`. For an import Node builds a namespace, which
 * reads every lazy property of the module: of `node:process`, `node:util` and `node:fs` that costs 15 ms of each start,
 * more than all of our own code; and `node:crypto` or `node:http` is often imported by what a command never calls. Side effects and live bindings are lost, and built-in modules have none that matter.
 */
export function withoutBuiltinImports(code: string): string {
  const { module, errors } = parseSync('bundle.js', code);
  if (errors.length > 0) throw new Error(`parse the bundle: ${errors[0]?.message}`);
  let rest = '';
  let copied = 0;
  const declarations: string[] = [];
  for (const { start, end, moduleRequest, entries } of module.staticImports) {
    if (!isBuiltin(moduleRequest.value)) continue;
    rest += code.slice(copied, start);
    copied = end;
    for (const { importName, localName } of entries) {
      const name = importName.kind === 'Name' && importName.name !== 'default' ? importName.name : undefined;
      declarations.push(declared(localName.value, moduleRequest.value, name));
    }
  }
  if (/\b__require\s*=/.test(code)) declarations.push(requireBuiltin);
  return declarations.join('') + rest + code.slice(copied);
}

/** For bundled CommonJS. What else it asks for is optional, such as native parts of `ws`: it has to learn that it is missing. */
const requireBuiltin = `const require=id=>{const found=${builtinModule('id')};if(found)return found;throw Object.assign(new Error(\`Cannot find module '\${id}'\`),{code:'MODULE_NOT_FOUND'})};`;

function builtinModule(expression: string): string {
  return `globalThis.process.getBuiltinModule(${expression})`;
}

/** Of a built-in module, or of what it exports as `name`; a function is fetched when it is first called, and only then. */
function declared(local: string, module: string, name: string | null | undefined): string {
  const whole = builtinModule(JSON.stringify(module));
  if (!name) return `const ${local}=${whole};`;
  const exported = (process.getBuiltinModule(module) as Readonly<Record<string, unknown>>)[name];
  if (!isPlainFunction(exported)) return `const ${local}=${whole}.${name};`;
  return `let ${local}=(...given)=>(${local}=${whole}.${name})(...given);`;
}

/** Neither a class nor a function that carries something, such as its own form for `promisify`. */
function isPlainFunction(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  const ordinary = ['length', 'name', 'prototype', 'arguments', 'caller'];
  const carries = Reflect.ownKeys(value).some((key) => !ordinary.includes(String(key)));
  const made = Object.getOwnPropertyNames(value.prototype ?? {}).some((key) => key !== 'constructor');
  return !carries && !made && /^[a-z]/.test(value.name);
}

/** Modules that are to be in one file with all they need. */
export interface Together {
  readonly modules: readonly string[];
  /** Modules that are loaded by themselves, and are given all of it. */
  readonly by: readonly string[];
}

/**
 * esbuild makes a chunk of the modules that are needed by the same entries, and lazily loaded modules are entries too:
 * many small chunks. Here all of `by` need `modules`, so that these and what they need are one chunk.
 */
export function withTogether(groups: readonly Together[]): Plugin {
  return {
    name: 'with-together',
    setup(build) {
      const directory = build.initialOptions.absWorkingDir ?? '';
      const prefixes = new Map<string, string>();
      for (const { modules, by } of groups) {
        const imports = modules.map((path) => `import ${JSON.stringify(join(directory, path))};`).join('');
        for (const path of by.map((one) => join(directory, one)))
          prefixes.set(path, (prefixes.get(path) ?? '') + imports);
      }
      build.onLoad({ filter: /\.[mc]?[jt]s$/ }, async ({ path }) => {
        const prefix = prefixes.get(path);
        if (prefix === undefined) return undefined;
        return { contents: prefix + (await readFile(path, 'utf8')), loader: path.endsWith('ts') ? 'ts' : 'js' };
      });
    },
  };
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

/** CycloneDX tries for XML and for validation what is not installed: it writes JSON here, and needs none of it. */
export const withoutOptionalPlugs: Plugin = {
  name: 'without-optional-plugs',
  setup(build) {
    build.onResolve(
      { filter: /^(?:ajv|ajv-formats|ajv-formats-draft2019|xmlbuilder2|libxmljs2)(?:\/|$)/ },
      ({ importer }) =>
        importer.includes('/_optPlug.node/') ? { path: 'plug', namespace: 'not-installed' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'not-installed' }, () => ({
      contents: "throw new Error('not installed');",
    }));
  },
};

/**
 * Of the Kubernetes client only what reads a kubeconfig and makes TLS and credentials of it is used. Its generated API and
 * the HTTP client beneath that, two thirds of all there is to load before the first request, are never called.
 */
export const withoutGeneratedClient: Plugin = {
  name: 'without-generated-client',
  setup(build) {
    build.onResolve({ filter: /^(undici|\.\/gen\/index\.js|\.\/middleware\.js)$/ }, ({ importer }) =>
      importer.endsWith('/@kubernetes/client-node/dist/config.js')
        ? { path: 'client', namespace: 'never-called' }
        : undefined,
    );
    const names = ['Agent', 'ProxyAgent', 'createConfiguration', 'ServerConfiguration', 'setHeaderMiddleware'];
    const contents = names
      .map((name) => `export function ${name}(){throw new Error('${name} is not bundled');}`)
      .join('');
    build.onLoad({ filter: /./, namespace: 'never-called' }, () => ({ contents }));
  },
};

/** The Kubernetes client goes through a SOCKS proxy where a kubeconfig says so: hardly one does, and every command loaded it. */
export const socksWhenNeeded: Plugin = {
  name: 'socks-when-needed',
  setup(build) {
    build.onResolve({ filter: /^socks(-proxy-agent)?$/ }, ({ path, importer, resolveDir }) =>
      importer.endsWith('/@kubernetes/client-node/dist/config.js')
        ? { path, namespace: 'when-needed', pluginData: resolveDir }
        : undefined,
    );
    const contents = `exports.SocksProxyAgent = class {
      constructor(...given) { return new (require('socks-proxy-agent').SocksProxyAgent)(...given); }
    };
    exports.SocksClient = {
      createConnection: (...given) => require('socks').SocksClient.createConnection(...given),
    };`;
    build.onLoad({ filter: /./, namespace: 'when-needed' }, ({ pluginData }) => ({ contents, resolveDir: pluginData }));
  },
};
