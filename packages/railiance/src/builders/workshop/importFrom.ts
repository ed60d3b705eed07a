import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { type Descriptor, importArchive, type Layout } from '../../oci/index.ts';
import type { BuildRequest } from '../builder.ts';
import { hostArchitecture } from '../image.ts';
import type { Workshop } from './workshop.ts';

/** Brings an archive of the machine that built into the layout of this one. */
export async function importFrom(
  workshop: Workshop,
  file: string,
  layout: Layout,
  { app, signal }: BuildRequest,
  image?: string,
): Promise<Descriptor> {
  const spool = join(layout.directory, '.ingest', `fetched-${process.pid}-${randomBytes(8).toString('hex')}`);
  const platform = { os: 'linux', architecture: hostArchitecture(`build ${app.slug}`) };
  try {
    const archive = await workshop.fetch(file, spool);
    return await importArchive(layout, archive, { platform, signal, ...(image === undefined ? {} : { image }) });
  } finally {
    await rm(spool, { force: true });
  }
}
