import { mkdir, statfs } from 'node:fs/promises';

import type { RunSpec } from '../../../domain/app.ts';
import type { ImageNeeds } from '../../../domain/artifact.ts';
import { Failure } from '../../../domain/failure.ts';
import type { CheckResult, Verdict } from '../../../domain/verdict.ts';
import { whyNot } from '../instances/runtimeChoice.ts';
import type { InstanceTools } from '../instances/tools.ts';
import type { Runtime } from '../runtimes/runtime.ts';

/** Room for logs and for what the app itself writes while it starts. */
const marginBytes = 256 * 1024 * 1024;

type Answer = Omit<CheckResult, 'name' | 'durationMs'>;

/** Can this machine run this artifact so? Changes nothing but the state folder's existence. */
export async function checkMachine(
  run: RunSpec,
  image: ImageNeeds,
  tools: InstanceTools,
): Promise<readonly CheckResult[]> {
  const check = async (name: string, ask: () => Promise<Answer>): Promise<CheckResult> => {
    const began = tools.clock.elapsedMs();
    const answer = await ask();
    return { name, ...answer, durationMs: Math.round(tools.clock.elapsedMs() - began) };
  };
  return Promise.all([
    check('agent', async () => ({ verdict: 'pass', summary: `the agent answers (process ${process.pid})` })),
    check('runtime', () => checkRuntime(run, tools)),
    check('platform', async () => checkPlatform(image.platform, `linux/${machineArchitecture()}`)),
    check('disk', () => checkDisk(image, tools.home.root)),
  ]);
}

async function checkRuntime(run: RunSpec, { runtimes }: InstanceTools): Promise<Answer> {
  try {
    const runtime = await runtimes.choose(run.runtime);
    const surveyed = await runtimes.survey();
    const earlier = surveyed.slice(
      0,
      surveyed.findIndex((one) => one.runtime === runtime),
    );
    // Whoever wants to know why asks `railiance doctor`; here it would be told with every deploy.
    const passedOver = earlier.length > 0 && !run.runtime ? earlier.map((one) => one.runtime.name) : [];
    const instead = passedOver.length > 0 ? `; no ${passedOver.join(' or ')} works here` : '';
    const { name, caveats } = runtime;
    const limits = await limitsOf(run, runtime);
    return {
      verdict: 'pass',
      summary: [`${name}${instead}`, ...limits].join('; '),
      evidence: { runtime: name, limits, caveats, ...(instead && { passedOver: whyNot(earlier) }) },
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { verdict: 'fail', summary: error.problem, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}

/** What was asked for and will not be given, one line each. */
export async function limitsOf(
  { replicas, resources, volumes }: RunSpec,
  runtime: Runtime,
): Promise<readonly string[]> {
  return [
    ...(replicas > 1 ? [`replicas = ${replicas} is not given: this engine runs one instance`] : []),
    ...volumes
      .filter(({ fill }) => fill)
      .map(({ path }) => `${path} is not filled from the image: a cluster does that`),
    ...(await runtime.cannotGive(resources)),
  ];
}

export function checkPlatform(wanted: string, machine: string): Answer {
  if (wanted === machine) return { verdict: 'pass', summary: `the image is for ${wanted}, as this machine is` };
  return {
    verdict: 'fail',
    summary: `the image is for ${wanted}; this machine runs ${machine}`,
    hint: 'build it on this machine',
  };
}

/** Architecture names of https://github.com/opencontainers/image-spec/blob/main/config.md (those of Go). */
function machineArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

async function checkDisk({ sizeBytes }: ImageNeeds, directory: string): Promise<Answer> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  // Layers are compressed in the layout, about three to one.
  const neededBytes = sizeBytes * 3 + marginBytes;
  const verdict: Verdict = freeBytes >= neededBytes ? 'pass' : 'fail';
  return {
    verdict,
    summary: `${mebibytes(freeBytes)} MiB free at ${directory}, about ${mebibytes(neededBytes)} needed`,
    ...(verdict === 'fail' ? { hint: 'make room, or set RAILIANCE_HOME to another disk' } : {}),
    evidence: { freeBytes, neededBytes },
  };
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}
