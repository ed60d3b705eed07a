/** A document of `--json`: its schema names its shape and its version. */
export interface Document {
  readonly schema: `railiance.${string}.v${number}`;
}

/**
 * JSON for a terminal or a file, with secrets removed from every string. C1 controls and line separators are legal in
 * JSON and acted on by terminals, so they are escaped as well.
 */
export function serialise(document: object, redact: (text: string) => string, indent: number): string {
  const clean = (_key: string, value: unknown) => (typeof value === 'string' ? redact(value) : value);
  return JSON.stringify(document, clean, indent).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
