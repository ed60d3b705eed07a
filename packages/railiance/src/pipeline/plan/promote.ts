import { exitCodes, Failure } from '../../domain/failure.ts';
import { targetLabel } from '../../domain/name.ts';
import { type Plan, planSchema } from '../../domain/plan.ts';
import type { Release } from '../../domain/release.ts';
import { making, publishing, rollOut } from './deploy.ts';
import { type AppFacts, notesOf, refuseDirty, targetOf } from './facts.ts';

export interface PromoteFacts extends AppFacts {
  /** Stage that the artifact comes from, and the verified release that serves there; none where nothing was released. */
  readonly from: { readonly stage: string; readonly release?: Release };
}

/**
 * The very artifact of one stage on the next, without a build.
 * @throws Failure where the other stage has no release, or its artifact may not go to production
 */
export function planPromote(facts: PromoteFacts): Plan {
  const { app, stage, from } = facts;
  const target = targetOf(facts);
  const action = `promote ${app.slug} to ${stage.name}`;
  if (!from.release) {
    throw new Failure(action, `${targetLabel({ app: app.slug, stage: from.stage })} has no verified release`, {
      hint: `railiance deploy ${app.slug} --stage ${from.stage}`,
      exitCode: exitCodes.invalidInput,
    });
  }
  const { artifact, published, number } = from.release;
  refuseDirty(stage, artifact.revision, action);
  const source = { kind: 'artifact', artifact, ...(published && { published }) } as const;
  const made = [...making({ app, stage, from: source }), ...publishing({ ...facts, from: source })];
  return {
    schema: planSchema,
    command: 'promote',
    app: app.slug,
    stage: stage.name,
    ...rollOut(facts, made, { target, kind: 'promote', spec: app, promotedFrom: from.stage }),
    notes: [
      `the image of ${from.stage}'s release ${number}, not built again`,
      ...notesOf(facts, artifact.revision.tag),
    ],
  };
}
