/** One way to authenticate that a registry offers. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const maxHeaderLength = 16 * 1024;
const tokenText = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const parameter = new RegExp(`^(${tokenText})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${tokenText}))\\s*`);
const scheme = new RegExp(`^(${tokenText})(?:\\s+|$|(?=,))`);

/**
 * Every challenge of a `WWW-Authenticate` header, several of them in one line included. What follows something that
 * cannot be read is left out. https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = header.slice(0, maxHeaderLength);
  for (;;) {
    rest = rest.replace(/^[\s,]+/, '');
    const current = challenges.at(-1);
    const pair = current && parameter.exec(rest);
    if (pair) {
      const [whole, name = '', quoted, plain] = pair;
      current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
      rest = rest.slice(whole.length);
      continue;
    }
    const start = scheme.exec(rest);
    if (!start) return challenges;
    challenges.push({ scheme: (start[1] ?? '').toLowerCase(), parameters: Object.create(null) });
    rest = rest.slice(start[0].length);
  }
}
