import { realpath } from 'node:fs/promises';

import type { Lab } from '../lab.ts';
import { bin } from '../supplies/supplies.ts';
import { postgresImage } from './postgres.ts';
import { type ImageSpec, pushImage } from './pushImage.ts';

/** Puts the images of the lab's own pods into its registry. */
export async function pushImages(lab: Lab): Promise<void> {
  for (const name of ['pause', 'coredns', 'traefik']) await pushImage(lab, await program(lab, name));
  await pushImage(lab, await postgresImage());
}

/** An image that holds one static program and nothing else. */
async function program(lab: Lab, name: string): Promise<ImageSpec> {
  return {
    name,
    sources: [{ type: 'file', source: await realpath(bin(lab, name)), target: name }],
    config: { Entrypoint: [`/${name}`], User: '65532' },
  };
}
