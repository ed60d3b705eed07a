import { parseAllDocuments } from 'yaml';

/** The objects that `helm template` printed, or a release's manifest holds. Between its documents some may be empty. */
export function printedObjects<T>(text: string): readonly T[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as T | null)
    .filter((object) => object !== null);
}
