import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { exitCodes, Failure } from '../../../../domain/failure.ts';

/** As Linux has it. */
const mostLinks = 40;

/**
 * Where a path of the image is on this machine, links followed as they would be inside the image: an absolute one leads to
 * the image's root, and none leads out of it. Missing parts are taken as they are.
 * @throws Failure where links lead in a circle
 */
export function resolveInRoot(root: string, path: string): string {
  const rest = path.split('/').reverse();
  const done: string[] = [];
  let links = 0;
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const target = linkTarget(join(root, ...done, part));
    if (target === undefined) {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > mostLinks) {
      throw new Failure('read the image', `links lead in a circle at ${JSON.stringify(path)}`, {
        exitCode: exitCodes.invalidInput,
      });
    }
    if (target.startsWith('/')) done.length = 0;
    rest.push(...target.split('/').reverse());
  }
  return join(root, ...done);
}

function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
}
