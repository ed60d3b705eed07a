import type { Secrets } from '../../../domain/secret.ts';
import type { Placement } from '../../engine.ts';
import { templateArgv } from '../helm/argv.ts';
import { helmTimeoutMs, renderOrFail, withFolder } from '../helm/helm.ts';
import { helmTargetOf } from '../rollout/apply.ts';
import type { TargetState } from '../state/targetState.ts';
import type { ClusterTools } from '../tools.ts';
import { type Overriding, overridesOf } from './overrides.ts';
import { type OwnChart, packChart } from './pack.ts';
import { resolveChart } from './resolve.ts';

interface Releasing extends Overriding {
  readonly deploy?: Placement;
}

/**
 * Finds the app's own chart, and hands `work` what Helm is to be given of it; what was fetched or copied for that is gone
 * afterwards.
 * @throws Failure where there is no such chart, or its values files cannot be read
 */
export async function withOwnChart<T>(
  tools: ClusterTools,
  spec: Releasing,
  placed: TargetState,
  secrets: Secrets,
  work: (chart: OwnChart) => Promise<T>,
): Promise<T> {
  const placement = spec.deploy ?? { directory: '.', values: [] };
  const found = await resolveChart(placement.chart ?? '', placement, tools);
  try {
    return await withFolder(async (folder) => {
      const at = await packChart(found, overridesOf(spec, placed, secrets), folder);
      return await tools.helmPlace.carried(folder, (there) => work(at(there)));
    });
  } finally {
    await found.discard();
  }
}

/** @throws Failure (invalid input) with file and line, as Helm gives them */
export async function renderOwnChart(
  tools: ClusterTools,
  { namespace, release }: TargetState,
  chart: OwnChart,
  name: string,
): Promise<string> {
  const argv = templateArgv(helmTargetOf(tools, namespace), { ...chart, release });
  return await renderOrFail(tools.helmPlace, argv, name, AbortSignal.timeout(helmTimeoutMs));
}
