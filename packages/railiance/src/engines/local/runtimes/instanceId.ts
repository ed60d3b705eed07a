import { exitCodes, Failure } from '../../../domain/failure.ts';

const pattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** Ids become names of folders, containers and control groups. @throws Failure (exit code 2) */
export function assertInstanceId(id: string): string {
  if (pattern.test(id)) return id;
  throw new Failure('run an instance', `${JSON.stringify(id.slice(0, 80))} is not an instance id`, {
    exitCode: exitCodes.invalidInput,
  });
}
