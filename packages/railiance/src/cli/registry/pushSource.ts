import { basename, join, resolve } from 'node:path';

import { readRevision } from '../../builders/revision.ts';
import { homeAt } from '../../config/home.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import {
  type ArchivedImage,
  type ImageSource,
  imageInArchive,
  imageInLayout,
  openLayout,
  thisPlatform,
} from '../../oci/index.ts';
import { createLayoutImageStore } from '../../pipeline/layoutImageStore.ts';
import { imageRepository } from '../../pipeline/plan/imageRepository.ts';
import { type RegistryReference, referenceOf } from '../../pipeline/registryReference.ts';
import type { CommandContext } from '../command.ts';

/** What `push` sends, and where to. */
export interface PushSource {
  /** For people. */
  readonly name: string;
  readonly target: RegistryReference;
  readonly tag: string;
  readonly open: () => Promise<ImageSource>;
  readonly close: () => Promise<void>;
}

interface Given {
  readonly tag: string | undefined;
  readonly to: string | undefined;
}

type Around = Pick<CommandContext<unknown, unknown>, 'env' | 'cwd' | 'signal'>;

/** An image that was built on this machine. @throws Failure where there is none of that tag */
export async function builtImage(
  reference: string | undefined,
  given: Given,
  { env, cwd }: Around,
): Promise<PushSource> {
  const { app, blueprint } = await selected(reference, cwd);
  const images = createLayoutImageStore(homeAt(env).images);
  const revision = given.tag ?? (await readRevision(app.directory, createLocalExec())).tag;
  const artifact = await images.find(app.slug, revision);
  if (artifact === undefined) {
    throw new Failure(`push ${app.slug}:${revision}`, 'there is no such image on this machine', {
      hint: `railiance build ${app.slug}`,
      exitCode: exitCodes.invalidInput,
    });
  }
  const target = referenceOf(given.to ?? imageRepository(app, blueprint.registry).push);
  return {
    name: `${app.slug} ${revision}`,
    target,
    tag: target.tag ?? revision,
    open: async () => imageInLayout(await openLayout(images.layoutDir), artifact.manifestDigest),
    close: async () => {},
  };
}

/** An image in an archive; where --to says all, no app.toml is needed. @throws Failure where no tag is said */
export async function archivedImage(
  reference: string | undefined,
  given: Given & { readonly archive: string; readonly image: string | undefined },
  cache: string,
  { cwd, signal }: Around,
): Promise<PushSource> {
  const target = referenceOf(given.to ?? (await repositoryOf(reference, cwd)));
  const tag = target.tag ?? given.tag;
  if (tag === undefined) {
    throw new Failure(`push ${given.archive}`, 'an archive does not say which version it is', {
      hint: 'add --tag, or --to registry:port/repository:tag',
      exitCode: exitCodes.invalidInput,
    });
  }
  let opened: ArchivedImage | undefined;
  const options = { platform: thisPlatform(), spoolDir: join(cache, 'archives'), signal };
  return {
    name: basename(given.archive),
    target,
    tag,
    open: async () => {
      const image = given.image === undefined ? {} : { image: given.image };
      opened = await imageInArchive(resolve(cwd, given.archive), { ...options, ...image });
      return opened;
    },
    close: async () => opened?.close(),
  };
}

async function repositoryOf(reference: string | undefined, cwd: string): Promise<string> {
  const { app, blueprint } = await selected(reference, cwd);
  return imageRepository(app, blueprint.registry).push;
}

/** Loaded where it is asked for: what says itself where an archive goes needs no app.toml, nor what reads one. */
async function selected(reference: string | undefined, cwd: string) {
  const { select } = await import('../selection.ts');
  return select({ reference, stage: 'local', cwd });
}
