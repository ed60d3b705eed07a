import { imageAnnotations } from '../domain/imageAnnotations.ts';
import type { BuildRequest } from './builder.ts';

/** What an image says of itself. No time: the same source is the same image on any day. */
export function imageLabels(
  builder: string,
  { app, revision }: Pick<BuildRequest, 'app' | 'revision'>,
): Record<string, string> {
  return {
    [imageAnnotations.builder]: builder,
    [imageAnnotations.revision]: revision.dirty ? revision.tag : (revision.commit ?? revision.tag),
    [imageAnnotations.title]: app.name,
    [imageAnnotations.version]: revision.tag,
    ...(app.description === undefined ? {} : { [imageAnnotations.description]: app.description }),
  };
}
