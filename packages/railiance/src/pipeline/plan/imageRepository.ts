import type { AppSpec } from '../../domain/app.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import type { ImageRepository, RegistrySpec } from '../../domain/registry.ts';
import type { Stage } from '../../domain/stage.ts';
import { hostOf, referenceOf } from '../registryReference.ts';

type App = Pick<AppSpec, 'slug' | 'registry'>;

/**
 * The repository that app.toml names, at both addresses of the blueprint's registry where it stands in that one; else one
 * named by the app's slug.
 * @throws Failure (invalid input) where there is neither
 */
export function imageRepository({ slug, registry: named }: App, spec: RegistrySpec | undefined): ImageRepository {
  if (named === undefined && spec === undefined) {
    throw new Failure(`find the registry of ${slug}`, 'neither app.toml nor blueprint.toml names one', {
      hint: 'write [registry] push = "registry.example:5000" into blueprint.toml',
      exitCode: exitCodes.invalidInput,
    });
  }
  if (named === undefined) return { push: `${spec?.push}/${slug}`, pull: `${spec?.pull}/${slug}` };
  const { registry, repository } = referenceOf(named);
  const hosts = spec && { push: hostOf(spec.push), pull: hostOf(spec.pull) };
  const at = hosts && (hosts.push === registry || hosts.pull === registry) ? hosts : { push: registry, pull: registry };
  return { push: `${at.push}/${repository}`, pull: `${at.pull}/${repository}` };
}

/** Where a stage pulls an app's images from; undefined where it runs them from the layout of this machine. */
export function repositoryOfStage({ pulls, registry }: Stage, app: App): ImageRepository | undefined {
  return pulls ? imageRepository(app, registry) : undefined;
}
