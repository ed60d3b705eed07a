import { type ExitCode, exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { OciError, RegistryError } from '../oci/index.ts';

/** Runs `work`, about the image `subject`; what a registry or an image caused becomes a Failure with the next thing to do. */
export function registryFailure<T>(action: string, work: () => T, subject?: string): T {
  const failed = (error: unknown): never => {
    if (!(error instanceof RegistryError) && !(error instanceof OciError)) throw error;
    throw new Failure(action, problemOf(error), { ...adviceFor(error, subject), cause: error });
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(failed) as T) : result;
  } catch (error) {
    return failed(error);
  }
}

function adviceFor(
  error: RegistryError | OciError,
  subject = 'REGISTRY/IMAGE:TAG',
): { exitCode: ExitCode; hint?: string } {
  if (error instanceof RegistryError && error.method === 'DELETE' && error.status === 405) {
    const hint = 'switch deletion on at the registry: REGISTRY_STORAGE_DELETE_ENABLED=true for distribution';
    return { hint, exitCode: exitCodes.refused };
  }
  switch (error.code) {
    case 'unauthorized':
    case 'denied':
      return { hint: 'railiance registry check tells what is wrong', exitCode: exitCodes.refused };
    case 'forbidden-address':
      if (!/realm/.test(error.message)) return { exitCode: exitCodes.refused };
      return { hint: 'write token = "prefetch" under [registry] in blueprint.toml', exitCode: exitCodes.refused };
    case 'taken':
      return { hint: `railiance registry inspect ${subject}`, exitCode: exitCodes.refused };
    case 'unreachable':
      return { hint: 'railiance registry check tells what is wrong', exitCode: exitCodes.dependencyMissing };
    case 'invalid':
    case 'missing':
      return { exitCode: exitCodes.invalidInput };
    default:
      return { exitCode: exitCodes.failedAndRolledBack };
  }
}
