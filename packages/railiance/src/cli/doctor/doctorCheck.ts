import type { Home } from '../../config/home.ts';
import type { Exec } from '../../exec/exec.ts';
import type { Environment } from '../output/terminal.ts';

export interface DoctorContext {
  readonly env: Environment;
  readonly home: Home;
  readonly exec: Exec;
}

export interface Finding {
  readonly works: boolean;
  /** One line: what was seen, with path and version. */
  readonly summary: string;
  /** More of what was seen, a line each. */
  readonly details?: readonly string[];
  /** What to do about it, where it does not work. */
  readonly hint?: string;
}

/** One thing that railiance needs of this machine. */
export interface DoctorCheck {
  readonly name: string;
  /** What it is for. Absent: for everything, and without it this machine is not ready. */
  readonly neededFor?: string;
  look(context: DoctorContext): Promise<Finding>;
}

export function defineDoctorCheck(check: DoctorCheck): DoctorCheck {
  return check;
}
