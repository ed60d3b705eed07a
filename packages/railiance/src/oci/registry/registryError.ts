/** What kind of thing went wrong, for callers that react to it. */
export type RegistryErrorCode =
  | 'unauthorized' // 401, also after a new token
  | 'denied' // 403: known, but not allowed
  | 'missing' // 404
  | 'unreachable' // no connection, or it broke
  | 'forbidden-address' // a redirect, realm or upload location that must not be followed
  | 'invalid' // an answer that the specification does not allow
  | 'too-large' // an answer over a limit
  | 'mismatch' // content that is not what its digest or size says
  | 'failed'; // any other status

export interface RegistryErrorDetails {
  readonly method?: string;
  readonly url?: URL;
  readonly status?: number;
  /** As the registry names them: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
  readonly codes?: readonly string[];
  /** The header of that name, as it came. */
  readonly retryAfter?: string | undefined;
  readonly cause?: unknown;
}

/** Every error that a registry causes. The message holds method, address without secrets, status and codes. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;
  readonly method: string | undefined;
  /** Without user information, and without the values of a query that may hold a secret. */
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly codes: readonly string[];
  readonly retryAfter: string | undefined;

  constructor(code: RegistryErrorCode, problem: string, details: RegistryErrorDetails = {}) {
    const { method, url, status, codes = [], cause } = details;
    const shown = url && redactUrl(url);
    const where = [method, shown].filter((part) => part !== undefined).join(' ');
    super(where === '' ? problem : `${where}: ${problem}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.method = method;
    this.url = shown;
    this.status = status;
    this.codes = codes;
    this.retryAfter = details.retryAfter;
  }
}

/** Parameters that only name things; upload states and the signatures of storage addresses are as good as keys. */
const openParameters = new Set(['digest', 'mount', 'from', 'n', 'last', 'service', 'scope']);

export function redactUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.hash = '';
  for (const name of [...shown.searchParams.keys()]) {
    if (!openParameters.has(name)) shown.searchParams.set(name, '…');
  }
  return decodeURI(shown.href).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',');
}

export function codeOfStatus(status: number): RegistryErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'denied';
  return status === 404 ? 'missing' : 'failed';
}
