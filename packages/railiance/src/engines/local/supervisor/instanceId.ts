import { exitCodes, Failure } from '../../../domain/failure.ts';

/** Ids become folders, container names and part of file names. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** @throws Failure (exit code 2) */
export function assertInstanceId(id: string): string {
  if (pattern.test(id)) return id;
  throw new Failure('use instance id', `${JSON.stringify(id.slice(0, 120))} is not one`, {
    hint: 'ids have letters, digits, - and _, 1 to 100 characters',
    exitCode: exitCodes.invalidInput,
  });
}
