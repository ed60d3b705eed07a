import { diskCheck } from './disk.ts';
import type { DoctorCheck } from './doctorCheck.ts';
import { nodeCheck } from './node.ts';
import { portCheck } from './port.ts';
import { postgresCheck } from './postgres.ts';
import { programChecks } from './programs.ts';
import { runtimesCheck } from './runtimes.ts';
import { stateDirectoryCheck } from './stateDirectory.ts';

/** In the order in which a person would mend them. */
export const doctorChecks: readonly DoctorCheck[] = [
  nodeCheck,
  stateDirectoryCheck,
  diskCheck,
  runtimesCheck,
  portCheck,
  postgresCheck,
  ...programChecks,
];
