import { labelOf } from '../../../kubernetes/labels.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';

/** By which the pods of one instance are found: ours carry its name, those of the app's own chart what their Deployment selects. */
export function podLabels(
  { app, stage }: Pick<TargetState, 'app' | 'stage'>,
  { id, selector }: Pick<InstanceEntry, 'id' | 'selector'>,
): Readonly<Record<string, string>> {
  return selector ?? { [labelOf.app]: app, [labelOf.stage]: stage, [labelOf.instance]: id };
}
