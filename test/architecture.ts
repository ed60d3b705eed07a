import { dirname, join, normalize } from 'node:path/posix';

import { parseSync, Visitor } from 'oxc-parser';

export interface Import {
  /** As written. */
  readonly from: string;
  /** Path in the repository for a relative import, else as written. */
  readonly target: string;
  readonly typeOnly: boolean;
}

/** What the rules look at in one file. */
export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** `process.stdout`, `process.stderr` and `console.x`, as used. */
  readonly terminalUses: readonly string[];
}

export function readSource(path: string, source: string): SourceFile {
  const { program, module, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const found: { from: string; typeOnly: boolean }[] = [
    ...module.staticImports.map(({ moduleRequest, entries }) => ({
      from: moduleRequest.value,
      typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
    })),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) =>
        moduleRequest ? { from: moduleRequest.value, typeOnly: isType } : [],
      ),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const literal = /^(['"`])(.*)\1$/s.exec(source.slice(moduleRequest.start, moduleRequest.end));
      return literal?.[2] === undefined ? [] : { from: literal[2], typeOnly: false };
    }),
  ];
  const terminalUses: string[] = [];
  new Visitor({
    MemberExpression({ object, property }) {
      if (object.type !== 'Identifier' || property.type !== 'Identifier') return;
      const use = `${object.name}.${property.name}`;
      if (object.name === 'console' || use === 'process.stdout' || use === 'process.stderr') terminalUses.push(use);
    },
  }).visit(program);
  const imports = found.map(({ from, typeOnly }) => ({
    from,
    typeOnly,
    target: from.startsWith('.') ? normalize(join(dirname(path), from)) : from,
  }));
  return { path, lines: source.replace(/\n$/, '').split('\n').length, imports, terminalUses };
}

/** Gives one line for each thing in a file that breaks the rule. */
export type Rule = (file: SourceFile) => readonly string[];

const tool = 'packages/railiance/src/';
const adapters = ['builders', 'engines', 'checks', 'database', 'releases', 'events', 'render', 'workplan', 'secrets'];
const foundations = ['files', 'config', 'exec', 'oci', 'sops', 'kubernetes'];
const standAlone = ['files', 'oci', 'sops'];

/** The part of the tool that a path belongs to; undefined outside it and for its entry files. */
export function partOf(path: string): string | undefined {
  if (!path.startsWith(tool)) return undefined;
  if (path.startsWith(`${tool}secrets/sops/`)) return 'sops';
  const [part, ...rest] = path.slice(tool.length).split('/');
  return rest.length > 0 ? part : undefined;
}

/** Contracts that an adapter may name as a type, though another adapter's folder holds them. */
const ports = [
  'builders/builder.ts',
  'engines/engine.ts',
  'checks/check.ts',
  'secrets/secretStore.ts',
  'releases/releaseStore.ts',
  'database/database.ts',
].map((file) => `${tool}${file}`);

/** Tests, contract suites and the lab stand outside the layers: they set real parts and fakes against each other. */
function isTest(path: string): boolean {
  return (
    /(\.test|\.peers|\.lab|[cC]ontract|[fF]ixture)\.ts$/.test(path) ||
    path.startsWith(`${tool}testing/`) ||
    path.startsWith('lab/') ||
    !path.includes('/src/')
  );
}

/** Whether code of one part may import another part, and how. */
export function allowed(from: string, to: string): 'yes' | 'as types' | 'no' {
  if (from === to) return 'yes';
  // Writes files, and knows of nothing: whatever does I/O may use it.
  if (to === 'files') return from === 'domain' ? 'no' : 'yes';
  if (standAlone.includes(from)) return 'no';
  if (to === 'domain') return 'yes';
  if (from === 'domain' || foundations.includes(from)) return 'no';
  if (foundations.includes(to)) return 'yes';
  if (adapters.includes(from)) return 'no';
  if (from === 'pipeline') return adapters.includes(to) ? 'as types' : 'no';
  return from === 'cli' && to !== 'testing' ? 'yes' : 'no';
}

const layers: Rule = ({ path, imports }) => {
  const from = partOf(path);
  if (from === undefined || isTest(path)) return [];
  return imports.flatMap(({ target, typeOnly }) => {
    const to = partOf(target);
    if (to === undefined) return [];
    const verdict = allowed(from, to);
    const asType = verdict === 'as types' || (adapters.includes(from) && ports.includes(target));
    if (verdict === 'yes' || (asType && typeOnly)) return [];
    return [`${from} may ${asType ? 'import only types of' : 'not import'} ${to}: ${target}`];
  });
};

/** What a pure module may take from Node. */
const pureModules = ['node:util', 'node:crypto', 'node:timers/promises'];

const pureDomain: Rule = ({ path, imports }) => {
  if (partOf(path) !== 'domain' || isTest(path)) return [];
  const impure = imports.filter(
    ({ from, typeOnly }) => !from.startsWith('.') && !typeOnly && !pureModules.includes(from),
  );
  return impure.map(({ from }) => `the domain does no input or output: ${from}`);
};

const processesInExec: Rule = ({ path, imports }) => {
  if (isTest(path) || partOf(path) === 'exec') return [];
  const spawning = imports.filter(({ from }) => ['node:child_process', 'child_process', 'execa'].includes(from));
  return spawning.filter(({ typeOnly }) => !typeOnly).map(({ from }) => `only exec/ starts processes: ${from}`);
};

/** The agent is a process of its own: its standard output is its log file. */
const printers = [`${tool}cli/output.ts`, `${tool}cli/agentMain.ts`];

const onePrinter: Rule = ({ path, terminalUses }) => {
  if (!path.startsWith(tool) || isTest(path) || printers.includes(path)) return [];
  return terminalUses.map((use) => `only cli/output.ts writes to the terminal: ${use}`);
};

const packagesApart: Rule = ({ path, imports }) => {
  const [, own] = /^packages\/([^/]+)\//.exec(path) ?? [];
  if (own === undefined) return [];
  return imports.flatMap(({ from, target }) => {
    const [, other] = /^(?:packages\/)?(railiance|inter-hub)(?:\/|$)/.exec(target) ?? [];
    return other === undefined || other === own ? [] : [`packages do not import each other: ${from}`];
  });
};

/** Nobody reads the list of commands: `npm run generate` writes it. */
const written = [`${tool}cli/commands.ts`];

const shortFiles: Rule = ({ path, lines }) =>
  lines > 300 && !written.includes(path) ? [`has ${lines} lines, more than 300`] : [];

export const rules: Readonly<Record<string, Rule>> = {
  'imports go one way: domain, foundations, adapters, pipeline, cli': layers,
  'the domain is pure': pureDomain,
  'only exec/ starts processes': processesInExec,
  'only cli/output.ts writes to the terminal': onePrinter,
  'the packages do not import each other': packagesApart,
  'no file has more than 300 lines': shortFiles,
};
