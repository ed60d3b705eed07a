/** Why a SOPS operation was refused. The same distinctions as sops itself makes by its exit codes. */
export type SopsErrorCode =
  /** The text cannot be read in its format. */
  | 'unreadable'
  /** There is no sops metadata: a plain-text file. */
  | 'not-encrypted'
  /** There is sops metadata where a plain-text file was expected. */
  | 'already-encrypted'
  /** The metadata is there and makes no sense. */
  | 'bad-metadata'
  /** No identity opens the data key. */
  | 'no-matching-key'
  /** A value that should be encrypted is not, or is not in sops' form. */
  | 'malformed-value'
  /** A value does not belong to this key, this place or this data key. */
  | 'altered-value'
  /** The values are each genuine, but not all of them, or not in this order. */
  | 'mac-mismatch'
  /** Nothing says that the values are all there. */
  | 'mac-missing'
  /** Done by sops itself and not here: other key types, Shamir groups, INI. */
  | 'unsupported'
  /** The address names nothing, or more than one thing. */
  | 'bad-address'
  /** The format cannot hold this value, or it is no public key. */
  | 'bad-value';

/** Never holds a secret value: key names, lines and reasons only. */
export class SopsError extends Error {
  override readonly name = 'SopsError';
  readonly code: SopsErrorCode;
  /** 1-based line of the file, where one line is to blame. */
  readonly line: number | undefined;

  constructor(code: SopsErrorCode, message: string, line?: number) {
    super(line === undefined ? message : `line ${line}: ${message}`);
    this.code = code;
    this.line = line;
  }
}
