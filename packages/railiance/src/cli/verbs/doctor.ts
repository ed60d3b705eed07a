import { homeAt } from '../../config/home.ts';
import { exitCodes, problemOf } from '../../domain/failure.ts';
import { defineCommand } from '../command.ts';
import type { DoctorCheck, DoctorContext, Finding } from '../doctor/doctorCheck.ts';
import { bold, dim, green, red, type Text, yellow } from '../output/text.ts';

interface Found extends Finding {
  readonly name: string;
  readonly neededFor?: string;
  readonly needed: boolean;
}

export default defineCommand({
  name: 'doctor',
  group: 'Prepare',
  summary: 'Show what this machine has for railiance, and what it lacks',
  description: ['Exits with 6 where something is missing that everything needs.'],
  arguments: {},
  options: {},
  examples: [{ line: 'railiance doctor', does: 'before the first deploy, or when something does not work' }],
  async run({ output, env }) {
    const [{ doctorChecks }, { createLocalExec }] = await Promise.all([
      import('../doctor/index.ts'),
      import('../../exec/localExec.ts'),
    ]);
    const context: DoctorContext = { env, home: homeAt(env), exec: createLocalExec() };
    const checks = await Promise.all(doctorChecks.map((check) => look(check, context)));
    const ready = checks.every(({ needed, works }) => works || !needed);
    output.result({ schema: 'railiance.doctor.v1', ready, checks }, () => {
      const rows = checks.flatMap((found) => [found, ...detailRows(found)]);
      output.table(
        [
          { title: '', value: markOf },
          { title: 'CHECK', value: ({ name }) => name },
          { title: 'SAW', value: sawOf, flexible: true },
        ],
        rows,
        '',
      );
      const troubles = checks.filter(({ hint }) => hint !== undefined);
      if (troubles.length > 0) output.line();
      for (const { name, hint, neededFor } of troubles) {
        const purpose = neededFor === undefined ? '' : dim(` (for ${neededFor})`);
        output.line([bold(`${name}: `), hint ?? '', purpose]);
      }
    });
    return ready ? exitCodes.done : exitCodes.dependencyMissing;
  },
});

/** A check that breaks is a finding like any other. */
async function look({ name, neededFor, ...check }: DoctorCheck, context: DoctorContext): Promise<Found> {
  const finding = await check.look(context).catch((error): Finding => ({ works: false, summary: problemOf(error) }));
  return { name, ...(neededFor === undefined ? {} : { neededFor }), needed: neededFor === undefined, ...finding };
}

type Row = Pick<Found, 'name' | 'summary'> & Partial<Found>;

function detailRows({ details = [] }: Found): readonly Row[] {
  return details.map((summary) => ({ name: '', summary }));
}

function markOf({ works, needed }: Row): Text {
  if (works === undefined) return '';
  if (works) return green('✓');
  return needed ? red('✗') : yellow('–');
}

function sawOf({ works, summary }: Row): Text {
  return works ? summary : dim(summary);
}
