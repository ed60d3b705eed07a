import { mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { problemOf } from '../../domain/failure.ts';
import { defineDoctorCheck } from './doctorCheck.ts';

/** The folder itself, or the nearest one above it that exists. */
export async function existingFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    if (
      dirname(at) === at ||
      (await stat(at).then(
        () => true,
        () => false,
      ))
    )
      return at;
  }
}

/** Something is written there, since permissions alone do not say (read-only mounts, quotas). */
export const stateDirectoryCheck = defineDoctorCheck({
  name: 'state directory',
  async look({ home }) {
    const folder = await existingFolder(home.root);
    try {
      await rmdir(await mkdtemp(join(folder, '.railiance-doctor-')));
      return { works: true, summary: folder === home.root ? home.root : `${home.root} can be made` };
    } catch (error) {
      const summary = `${home.root} cannot be written: ${problemOf(error)}`;
      return { works: false, summary, hint: `make ${folder} yours, or set RAILIANCE_HOME to another folder` };
    }
  },
});
