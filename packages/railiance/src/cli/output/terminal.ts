/** What a stream can show. */
export interface Terminal {
  readonly color: boolean;
  /** Marks and spinners beyond ASCII. */
  readonly unicode: boolean;
  /** The cursor may be moved: a terminal that is not dumb. */
  readonly live: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Colour: FORCE_COLOR over NO_COLOR (https://no-color.org) over TERM=dumb over what the stream is. CI runners are not
 * terminals, so they get plain lines unless they ask for colour.
 */
export function terminalOf(stream: { readonly isTTY?: boolean }, env: Environment): Terminal {
  const tty = stream.isTTY === true;
  const dumb = env.TERM === 'dumb';
  const forced = env.FORCE_COLOR;
  const color = forced ? forced !== '0' && forced !== 'false' : tty && !dumb && !env.NO_COLOR;
  return { color, unicode: !dumb && unicodeLocale(env), live: tty && !dumb };
}

/** No locale at all (a container, a CI job) counts as UTF-8; only one that says otherwise does not. */
function unicodeLocale(env: Environment): boolean {
  if (env.TERM === 'linux') return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8';
  return /utf-?8/i.test(locale);
}
