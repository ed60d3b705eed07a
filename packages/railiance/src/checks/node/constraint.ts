import { connect } from 'node:net';

import type { BlueprintNode, Constraint } from '../../domain/blueprint.ts';
import type { Exec } from '../../exec/exec.ts';
import { type CheckContext, defineCheck } from '../check.ts';
import { look, oneLine, type Seen } from '../look.ts';
import { matchText } from '../pattern.ts';

export interface ConstraintInput {
  readonly node: Pick<BlueprintNode, 'name' | 'address' | 'ssh' | 'env'>;
  readonly constraint: Constraint;
  /** Runs programs on that node. */
  readonly exec: Exec;
}

const timeoutMs = 10_000;

/** Does something that the blueprint knows to go wrong on a node hold there now? */
export const constraintCheck = defineCheck<ConstraintInput>({
  name: 'constraint',
  run: (input, context) =>
    look(`${input.node.name}: ${input.constraint.name}`, async () => {
      context.signal.throwIfAborted();
      const { impact, mitigation } = input.constraint;
      const seen = await ask(input, context);
      if (seen.verdict === 'pass') return seen;
      const summary = impact === undefined ? seen.summary : `${seen.summary} (impact: ${oneLine(impact)})`;
      const hint = mitigation ?? seen.hint;
      return { ...seen, summary, ...(hint !== undefined && { hint: oneLine(hint) }) };
    }),
});

async function ask({ node, constraint, exec }: ConstraintInput, context: CheckContext): Promise<Seen> {
  const { check } = constraint;
  switch (check?.kind) {
    case 'file':
      return await askFile(check, run(exec, node.env, context));
    case 'memory-free':
      return await askMemory(check.bytes, run(exec, node.env, context));
    case 'command':
      return await askCommand(check, run(exec, node.env, context), context.redact);
    case 'port':
      return await askPort(node.ssh?.host ?? node.address ?? '127.0.0.1', check.port, context.signal);
    default:
      return { verdict: 'pass', summary: 'known; nothing to look at' };
  }
}

type Check<Kind extends string> = Extract<NonNullable<Constraint['check']>, { kind: Kind }>;
type Run = ReturnType<typeof run>;

function run(exec: Exec, env: BlueprintNode['env'], { signal }: CheckContext) {
  return (...argv: [string, ...string[]]) => exec.run({ argv, env, timeoutMs, signal });
}

/** `wc -c` of the file, which every Unix has: Alpine's stat takes other options than GNU's. */
async function askFile({ path, minSizeBytes = 0 }: Check<'file'>, there: Run): Promise<Seen> {
  const { exitCode, stdout, stderr } = await there('wc', '-c', path);
  const sizeBytes = Number.parseInt(stdout, 10);
  const evidence = { path, leastBytes: minSizeBytes, sizeBytes: Number.isNaN(sizeBytes) ? null : sizeBytes };
  if (exitCode !== 0 || Number.isNaN(sizeBytes)) {
    return { verdict: 'fail', summary: `${path} cannot be read: ${oneLine(stderr) || `exit ${exitCode}`}`, evidence };
  }
  if (sizeBytes >= minSizeBytes) return { verdict: 'pass', summary: `${path} has ${mib(sizeBytes)}`, evidence };
  return { verdict: 'fail', summary: `${path} has ${mib(sizeBytes)}, ${mib(minSizeBytes)} are needed`, evidence };
}

async function askMemory(leastBytes: number, there: Run): Promise<Seen> {
  const { stdout } = await there('cat', '/proc/meminfo');
  const freeBytes = Number(/^MemAvailable:\s+(\d+) kB/m.exec(stdout)?.[1] ?? Number.NaN) * 1024;
  if (Number.isNaN(freeBytes)) return { verdict: 'unknown', summary: 'it does not say how much memory is available' };
  const evidence = { leastBytes, freeBytes };
  if (freeBytes >= leastBytes) return { verdict: 'pass', summary: `${mib(freeBytes)} of memory available`, evidence };
  return { verdict: 'fail', summary: `${mib(freeBytes)} of memory available, ${mib(leastBytes)} are needed`, evidence };
}

async function askCommand(check: Check<'command'>, there: Run, redact: (text: string) => string): Promise<Seen> {
  const [program = '', ...args] = check.command;
  const { exitCode, stdout, stderr, timedOut } = await there(program, ...args);
  const said = redact(oneLine(stdout || stderr));
  const evidence = { command: check.command, exitCode, said };
  if (timedOut) return { verdict: 'unknown', summary: `${program} did not end within ${timeoutMs / 1000} s`, evidence };
  if (exitCode !== 0) return { verdict: 'fail', summary: `${program} ended with ${exitCode}: ${said}`, evidence };
  if (check.expect === undefined || matchText(check.expect, stdout) === 'found')
    return { verdict: 'pass', summary: said || 'it ended well', evidence };
  return { verdict: 'fail', summary: `${program} said ${JSON.stringify(said)}, not ${check.expect}`, evidence };
}

function askPort(host: string, port: number, signal: AbortSignal): Promise<Seen> {
  return new Promise((done) => {
    const evidence = { host, port };
    const socket = connect({ host, port, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    socket.once('connect', () => {
      socket.destroy();
      done({ verdict: 'pass', summary: `${host}:${port} answers`, evidence });
    });
    socket.once('error', (error) =>
      done({
        verdict: signal.aborted ? 'unknown' : 'fail',
        summary: `${host}:${port} does not answer: ${error.message}`,
        evidence,
      }),
    );
  });
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MiB`;
}
