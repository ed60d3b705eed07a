import type { Target } from '../../../domain/name.ts';
import { freshValue } from '../../../secrets/freshValue.ts';
import type { SecretStore } from '../../../secrets/secretStore.ts';

/**
 * A new value in the stage's newest version of its secrets, where the next deploy finds it. The old one becomes
 * `NAME_PREVIOUS` where that is asked for, or was done before.
 */
export async function renewGenerated(
  name: string,
  target: Target,
  store: Pick<SecretStore, 'latest' | 'get' | 'put'>,
  keepPrevious: boolean,
): Promise<void> {
  const latest = await store.latest(target);
  const { [name]: old, ...others } = latest === undefined ? {} : await store.get(target, latest);
  const previous = `${name}_PREVIOUS`;
  const carries = old !== undefined && (keepPrevious || Object.hasOwn(others, previous));
  await store.put(target, { ...others, [name]: freshValue(name, old), ...(carries && { [previous]: old }) });
}
