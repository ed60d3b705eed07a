/** One way a secret may be written. */
export interface SecretForm {
  readonly text: string;
  /** Pieces of this many characters give it away too; absent: only the whole counts. */
  readonly shortestPiece?: number;
}

const pieceLength = 16;
/** Shorter forms are rarely split, and the halves would be too short to be told from other text. */
const splitFrom = 24;
/** Longer values are files; every piece of them would cost too much memory. */
const splitUpTo = 8192;
/** Lines of a key file count alone from here on; shorter ones are `{` or `default`. */
const longLine = 16;
const token = /^[A-Za-z0-9+/=_-]+$/;

/** Every form of one value that is looked for. */
export function* encodingsOf(value: string): Generator<SecretForm> {
  yield plainForm(value);
  yield* randomParts(value);
  yield* textForms(value);
  yield* base64Forms(value);
  const password = passwordOf(value);
  if (password !== undefined) {
    yield plainForm(password);
    yield* textForms(password);
  }
  if (!value.includes('\n')) return;
  for (const line of value.split(/\r?\n/)) if (line.trim().length >= longLine) yield plainForm(line.trim());
}

function plainForm(text: string): SecretForm {
  return token.test(text) ? splittable(text) : { text };
}

/** What was drawn at random inside of a value with signs, spaces or an address around it. */
function* randomParts(value: string): Generator<SecretForm> {
  if (token.test(value)) return;
  for (const [part] of value.matchAll(/[A-Za-z0-9+/=_-]{24,}/g)) {
    // Names of hosts and databases are as long, and belong into messages.
    if (/[a-z]/.test(part) && /[A-Z]/.test(part) && /[0-9]/.test(part)) yield splittable(part);
  }
}

function splittable(text: string): SecretForm {
  const splits = text.length >= splitFrom && text.length <= splitUpTo;
  return splits ? { text, shortestPiece: pieceLength } : { text };
}

function* textForms(value: string): Generator<SecretForm> {
  const escaped = JSON.stringify(value).slice(1, -1);
  yield { text: escaped };
  // A JSON string inside a JSON string, as in a log line that quotes a configuration.
  yield { text: JSON.stringify(escaped).slice(1, -1) };
  const url = encodeUrl(value);
  yield { text: url };
  yield { text: url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()) };
  yield { text: new URLSearchParams({ '': value }).toString().slice(1) };
  yield { text: encodeURI(value.toWellFormed()) };
}

function encodeUrl(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** The password of a URL such as DATABASE_URL gives as much away as the whole of it. */
function passwordOf(value: string): string | undefined {
  const password = /^[a-z][-+.a-z0-9]*:\/\/[^/@:]*:([^/]+)@/i.exec(value)?.[1];
  return password !== undefined && password.length >= 6 ? password : undefined;
}

/** Base64 of the value alone, and the part of it that is the same wherever the value stands in a longer text. */
function* base64Forms(value: string): Generator<SecretForm> {
  const bytes = Buffer.from(value);
  for (const text of base64Alphabets(bytes.toString('base64').replace(/=+$/, ''))) yield splittable(text);
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const inner = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    for (const text of base64Alphabets(inner)) yield splittable(text);
  }
}

function base64Alphabets(standard: string): readonly string[] {
  return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')];
}
