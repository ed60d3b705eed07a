/**
 * What a running step tells whoever watches. Adapters call it; only `cli/output.ts` prints it. Text is redacted before
 * it gets here.
 */
export type ProgressEvent =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'bytes'; readonly text: string; readonly done: number; readonly total?: number }
  | { readonly kind: 'log'; readonly source: string; readonly line: string };

export type Progress = (event: ProgressEvent) => void;

export const silent: Progress = () => {};
