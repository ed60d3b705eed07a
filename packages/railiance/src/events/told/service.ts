import { cdEvent } from '../cdEvent.ts';
import type { Told } from '../cloudEvent.ts';
import type { RunSoFar } from '../runEvents.ts';
import { artifactFacts, purlOf } from './artifact.ts';

/** A verified release is on record. */
export function deployed(run: RunSoFar, release: number): Told {
  const { plan, artifact, startedAt } = run;
  const { app, stage, command } = plan;
  const tag = artifact?.revision.tag ?? 'a release';
  const names = {
    rollback: 'service.rolledback',
    other: release === 1 ? 'service.deployed' : 'service.upgraded',
  } as const;
  return cdEvent(command === 'rollback' ? names.rollback : names.other, {
    subjectId: app,
    summary: `${command} of ${tag} to ${stage} is release ${release}`,
    content: { environment: { id: stage }, artifactId: artifact && purlOf(artifact) },
    customData: {
      ...{ app, stage, command, release },
      kind: command === 'promote' ? 'promotion' : command,
      started_at: startedAt,
      ...artifactFacts(run),
    },
  });
}
