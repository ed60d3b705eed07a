import type { ReleaseStore } from '../../releases/releaseStore.ts';
import type { Revocations } from '../../secrets/revocations.ts';
import type { StageHistory } from './decide.ts';

export interface HistoryPorts {
  readonly releases: Pick<ReleaseStore, 'targets' | 'list'>;
  readonly revocations?: Pick<Revocations, 'list'>;
}

/** Every stage of an app that a store has releases of, also those that the blueprint no longer names. */
export async function storedHistories(
  app: string,
  { releases, revocations }: HistoryPorts,
): Promise<readonly StageHistory[]> {
  const targets = (await releases.targets()).filter((target) => target.app === app);
  return Promise.all(
    targets.map(async (target): Promise<StageHistory> => {
      const [list, revoked = []] = await Promise.all([releases.list(target), revocations?.list(target)]);
      return { stage: target.stage, releases: list, revoked: new Set(revoked.map(({ version }) => version)) };
    }),
  );
}
