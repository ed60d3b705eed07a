import type { Revision } from '../domain/artifact.ts';
import { defineCheck } from './check.ts';

export interface SourceCleanInput {
  readonly revision: Revision;
  /** Of the stage. Elsewhere a dirty tree is welcome: that is where work is tried. */
  readonly production: boolean;
}

/** Can what goes to production be found again in git? */
export const sourceCleanCheck = defineCheck<SourceCleanInput>({
  name: 'source clean',
  async run({ revision, production }) {
    const result = { name: 'source clean', durationMs: 0, evidence: { ...revision } };
    if (!revision.dirty) return { ...result, verdict: 'pass', summary: `${revision.tag} is committed as it is` };
    if (!production) return { ...result, verdict: 'pass', summary: `${revision.tag} holds uncommitted changes` };
    const hint = 'commit the changes, then build and deploy the commit';
    return { ...result, verdict: 'fail', summary: `${revision.tag} holds uncommitted changes`, hint };
  },
});
