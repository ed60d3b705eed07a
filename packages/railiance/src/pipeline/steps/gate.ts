import type { CheckContext } from '../../checks/check.ts';
import type { AppSpec } from '../../domain/app.ts';
import type { Artifact } from '../../domain/artifact.ts';
import type { Target } from '../../domain/name.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import { placementOf } from '../placement.ts';
import { defineStep, type StepContext } from '../step.ts';
import type { GateQuestion, StepPorts } from '../stepPorts.ts';
import type { BuildOutput } from './build.ts';
import { createEarlyAnswers, type EarlyAnswers } from './earlyAnswers.ts';
import type { PushOutput } from './push.ts';
import type { VerifyInput, VerifyOutput } from './verify.ts';

export interface Override {
  readonly check: string;
  readonly reason: string;
}

export interface GateInput {
  readonly target: Target;
  /** As it is to run. */
  readonly app: AppSpec;
  /** Release that served when the plan was made; null where there was none. */
  readonly current: number | null;
  /** Only what cannot be done without: nothing else may stand between a person and the old version. */
  readonly essentialOnly: boolean;
  /** A person's yes is needed. */
  readonly approval: boolean;
  /** Checks that a person overrides, each with a reason that is recorded. */
  readonly despite: readonly Override[];
}

export interface GateOutput {
  /** The overrides that were needed. */
  readonly despite: readonly Override[];
}

type Ports = Pick<StepPorts, 'engine' | 'releases' | 'gateChecks' | 'approvals' | 'registry'>;

/** GO or NO-GO, before anything is changed. What is unknown does not pass. */
export function createGateStep(ports: Ports) {
  const early = createEarlyAnswers();
  return defineStep<GateInput, GateOutput>({
    name: 'gate',
    interruptible: true,

    // What is at the registry already can be pulled while it is made sure that it is whole there, and nothing to push.
    ahead: {
      during: 'verify',
      async run(input, context) {
        if (input.essentialOnly) return;
        const begun = begin(input, context, ports);
        early.keep(context.runId, begun);
        await begun;
      },
    },

    async run(input, context) {
      const { artifact } = context.output<VerifyOutput>('verify');
      const checks = await askAll(input, artifact, context, { ...ports, early });
      const refusing = checks.filter(({ verdict }) => verdict !== 'pass');
      const [first, ...more] = refusing.filter((check) => stands(check, input.despite));
      if (first) return noGo(first, more, checks);
      // Only a run that nothing else stands in the way of takes the yes: it is good for one.
      const approval = input.approval ? await ask(ports, 'take', input, artifact, context.runId) : undefined;
      if (approval && approval.verdict !== 'pass') return noGo(approval, [], [...checks, approval]);
      const despite = input.despite.filter(({ check }) => refusing.some(({ name }) => name === check));
      const warnings = [
        ...despite.map(({ check, reason }) => `went on despite "${check}": ${reason}`),
        ...input.despite.filter(({ check }) => !isAsked(check, checks)).map(({ check }) => unasked(check, checks)),
      ];
      const observed = `GO: ${checks.length - refusing.length} of ${checks.length} checks pass`;
      return { status: 'succeeded', output: { despite }, observed, changed: false, checks, warnings };
    },
  });
}

/** A yes is given by the person who decides, not by an option of whoever asks. */
function stands({ name }: CheckResult, despite: readonly Override[]): boolean {
  return name === 'approval' || !despite.some(({ check }) => check === name);
}

function isAsked(check: string, checks: readonly CheckResult[]): boolean {
  return checks.some(({ name }) => name === check);
}

/** A name with a mistake in it overrides nothing: whoever relies on it must hear of it. */
function unasked(check: string, checks: readonly CheckResult[]): string {
  return `no check is called "${check}": there are ${checks.map(({ name }) => name).join(', ')}`;
}

function noGo(first: CheckResult, more: readonly CheckResult[], checks: readonly CheckResult[]) {
  const others = more.length > 0 ? `; ${more.length} more: ${more.map(({ name }) => name).join(', ')}` : '';
  const hint = first.hint ?? `mend it, or go on with --despite "${first.name}" --reason "…"`;
  return {
    status: 'failed',
    cause: { name: 'gate', summary: `NO-GO: ${first.name}: ${first.summary}${others}`, hint },
    evidence: { details: { checks } },
    checks,
  } as const;
}

async function ask(
  { approvals }: Ports,
  how: 'check' | 'take',
  { target }: GateInput,
  { configDigest: digest }: Artifact,
  runId: string,
): Promise<CheckResult> {
  return approvals ? await approvals[how]({ target, digest, runId }) : noApproval;
}

async function askAll(
  input: GateInput,
  artifact: Artifact,
  context: StepContext,
  ports: Ports & { readonly early: EarlyAnswers },
): Promise<readonly CheckResult[]> {
  const { target, app } = input;
  const published = context.outputOf<PushOutput>('push');
  const question = { target, app, image: artifact, ...(published && { published }) };
  const [planned, asked] = await Promise.all([
    currentRelease(input, ports),
    input.essentialOnly
      ? ports.engine.check(app.run, artifact)
      : askGate(question, ports, context.signal, ports.early.of(context.runId, question)),
  ]);
  if (input.essentialOnly) return [planned, ...asked];
  const approval = input.approval ? [await ask(ports, 'check', input, artifact, context.runId)] : [];
  return [planned, ...asked, ...approval];
}

/** What engine and stage have to say, all asked at once. Changes nothing but what the checks themselves try out. */
export async function askGate(
  question: GateQuestion,
  ports: Pick<Ports, 'engine' | 'gateChecks'>,
  signal: AbortSignal,
  early?: ReturnType<EarlyAnswers['of']>,
): Promise<readonly CheckResult[]> {
  const { target, app, image } = question;
  const others = async () => {
    const begun = await early;
    const [route, checks] = await Promise.all([ports.engine.route(target), ports.gateChecks(question)]);
    const context = contextOf(route, signal);
    return await Promise.all(checks.map((check) => begun?.get(check.name) ?? check.run(context)));
  };
  const placed = { ...target, deploy: placementOf(app) };
  return (await Promise.all([ports.engine.check(app.run, image, placed), others()])).flat();
}

/** The image that the run is about, where a registry may have it before anything is pushed. */
function imageWanted({ inputOf, outputOf, signal }: StepContext) {
  const { artifact: known, remote } = inputOf<VerifyInput>('verify') ?? {};
  const image = known ?? outputOf<BuildOutput>('build')?.artifact;
  if (!image || !remote || remote.fetch) return undefined;
  const { repository, published } = remote;
  return {
    image,
    at: { app: image.app, repository, tag: image.revision.tag, ...(published && { published }), signal },
  };
}

/** Begins those checks that need not wait for the rest. */
async function begin({ target, app }: GateInput, context: StepContext, ports: Ports) {
  const wanted = imageWanted(context);
  if (!wanted) return undefined;
  const { image, at } = wanted;
  const [found, route] = await Promise.all([ports.registry.find(at), ports.engine.route(target)]);
  if (found?.artifact.configDigest !== image.configDigest) return undefined;
  const question = { target, app, image, published: found.published };
  const checks = await ports.gateChecks(question);
  const told = contextOf(route, context.signal);
  const early = checks.filter((check) => check.early);
  return { question, answers: new Map(early.map((check) => [check.name, check.run(told)])) };
}

/** What the stage's own checks are told. */
function contextOf(route: CheckContext['route'], signal: AbortSignal): CheckContext {
  return { route, signal, redact: (text: string) => text, secret: () => undefined };
}

/** Does what served when the plan was made still serve? Else somebody was faster, and the plan is about another stage. */
async function currentRelease({ target, current }: GateInput, { releases }: Ports): Promise<CheckResult> {
  const found = (await releases.head(target))?.current ?? null;
  const words = (number: number | null) => (number === null ? 'no release' : `release ${number}`);
  const common = { name: 'current release', durationMs: 0, evidence: { planned: current, found } };
  if (found === current) return { ...common, verdict: 'pass', summary: `${words(found)}, as planned` };
  const summary = `${words(found)} is current now, the plan was made for ${words(current)}`;
  return { ...common, verdict: 'fail', summary, hint: 'make the plan again' };
}

const noApproval: CheckResult = {
  name: 'approval',
  verdict: 'fail',
  summary: "this stage needs a person's yes, and none can be shown",
  durationMs: 0,
};
