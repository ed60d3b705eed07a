import { statfs } from 'node:fs/promises';

import { formatSize } from '../output/format.ts';
import { defineDoctorCheck } from './doctorCheck.ts';
import { existingFolder } from './stateDirectory.ts';

/** A few images and a database; a deploy asks again for what it needs itself. */
const leastBytes = 2 * 1024 ** 3;

export const diskCheck = defineDoctorCheck({
  name: 'disk',
  async look({ home }) {
    const folder = await existingFolder(home.root);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const summary = `${formatSize(free)} free at ${folder}`;
    if (free >= leastBytes) return { works: true, summary };
    return { works: false, summary, hint: `free some space: ${formatSize(leastBytes)} is the least to work with` };
  },
});
