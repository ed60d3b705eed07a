/** What kind of thing is wrong, for callers that react to it. */
export type OciErrorCode =
  | 'invalid' // content or a name that the specifications do not allow
  | 'missing' // a blob or tag that is not there
  | 'mismatch' // content that is not what its digest or size says
  | 'taken' // a tag that names another image
  | 'too-large' // content over a limit
  | 'busy'; // another process holds the layout's lock

/** Every error this library throws on purpose. The message names the file, tag or digest it is about. */
export class OciError extends Error {
  override readonly name = 'OciError';
  readonly code: OciErrorCode;

  constructor(code: OciErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Foreign text made safe for a message: quoted, control characters escaped, bounded. */
export function quoted(text: unknown): string {
  const shown = JSON.stringify(typeof text === 'string' ? text.slice(0, 100) : text) ?? String(text);
  return shown.length > 120 ? `${shown.slice(0, 120)}…` : shown;
}
