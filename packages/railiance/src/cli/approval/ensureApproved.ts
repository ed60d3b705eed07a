import type { ApprovalQuestion } from '../../domain/approval.ts';
import type { Artifact } from '../../domain/artifact.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { target, targetLabel } from '../../domain/name.ts';
import type { Plan } from '../../domain/plan.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import type { Approvals } from '../../pipeline/approvals.ts';
import { buildImage } from '../buildImage.ts';
import type { Change, Surroundings } from '../carryOut.ts';
import type { Toolbox } from '../compose.ts';
import type { HubQuestion } from './hubQuestion.ts';
import { waitForYes } from './waitForYes.ts';

type Around = Pick<Surroundings, 'output' | 'env' | 'signal'>;

/** A question to a person: what it is about, and where it can be answered. */
export interface Asked {
  readonly question: ApprovalQuestion;
  readonly artifact: Artifact;
  readonly approvals: Approvals;
  /** Undefined where the blueprint names no hub, or it could not be asked. */
  readonly hub: HubQuestion | undefined;
}

/**
 * Sees to it that a change which needs a person's yes has one before it begins: while a person thinks, nothing is held and
 * nothing is begun. The gate asks again at the moment of change.
 * @throws Failure (refused) with the link where it can be said, where nobody has said yes within `waitMs`
 */
export async function ensureApproved(change: Change, waitMs: number, around: Around, toolbox: Toolbox): Promise<void> {
  const ports = toolbox.portsFor(change.stage);
  if (!change.approval || !ports.approvals) return;
  const plan = await change.plan(ports);
  const artifact = await artifactOf(plan, change, around, toolbox);
  const question = { target: target(change.app, change.stage.name), digest: artifact.configDigest };
  const { approvals } = ports;
  const first = await approvals.check(question);
  if (first.verdict === 'pass') return;

  const { askInHub } = await import('./hubQuestion.ts');
  let now = first;
  const stands = async () => {
    now = await approvals.check(question);
    return now.verdict === 'pass';
  };
  const hub = await askInHub(change, { question, artifact, stands }, around, toolbox);
  if (now.verdict === 'pass') return;
  const asked: Asked = { question, artifact, approvals, hub };
  if (waitMs === 0) throw refused(asked, now);
  await waitForYes(asked, waitMs, around, toolbox);
}

/** What the yes is about: known from the plan, or built now. A build changes nothing of the stage. */
async function artifactOf(plan: Plan, { stage }: Change, { output, signal }: Around, toolbox: Toolbox) {
  const input = (id: string) => plan.steps.find((step) => step.id === id)?.input;
  const known = input('verify')?.artifact as Artifact | undefined;
  if (known) return known;
  const { app, revision } = input('build') as unknown as Parameters<typeof buildImage>[0];
  const { images } = toolbox.portsFor(stage);
  return (
    (await images.find(app.slug, revision.tag)) ??
    (await buildImage({ app, revision }, toolbox.portsFor(stage), { output, signal }))
  );
}

export function refused({ question, artifact, hub }: Asked, { summary, hint }: CheckResult): Failure {
  const what = `${artifact.revision.tag} on ${targetLabel(question.target)}`;
  return new Failure(`put ${what}`, `a person's yes is needed: ${summary}`, {
    hint: hub ? `answer at ${hub.link}, then run the same command again; --wait waits` : (hint ?? ''),
    exitCode: exitCodes.refused,
  });
}
