import { exitCodes, Failure, problemOf } from '../domain/failure.ts';
import { OciError, RegistryError } from '../oci/index.ts';

/** Runs a build; what is wrong with an image or a registry becomes a Failure. */
export async function building<T>(action: string, hint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RegistryError) {
      const help = 'railiance registry check tells what is wrong';
      throw new Failure(action, problemOf(error), { hint: help, exitCode: exitCodes.dependencyMissing, cause: error });
    }
    if (!(error instanceof OciError)) throw error;
    throw new Failure(action, problemOf(error), { hint, exitCode: exitCodes.invalidInput, cause: error });
  }
}
