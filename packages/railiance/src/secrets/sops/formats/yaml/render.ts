import type { Scalar } from '../../scalar.ts';
import type { Place, TreeNode, ValueNode } from '../../tree.ts';
import { resolvePlain } from './resolve.ts';

/** Plain (unquoted) where every YAML reader, old or new, takes the text for the same text. */
const plainForm =
  /^[\p{L}_./][\p{L}\p{N}_./@%+=~^$()*!?;<>|\\&'"-]*(?:(?: |[:#](?=[\p{L}\p{N}_./@+=-]))[\p{L}\p{N}_./@%+=~^$()*!?;<>|\\&'"-]+)*$/u;
const spokenFor = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

export function renderString(text: string, { flow, blockIndent }: Place): string {
  if (blockIndent !== undefined && fitsBlock(text)) return renderBlock(text, blockIndent);
  if (!flow && isPlain(text)) return text;
  return renderQuoted(text);
}

function isPlain(text: string): boolean {
  return plainForm.test(text) && !spokenFor.test(text) && resolvePlain(text).type === 'str';
}

/** Keys are quoted wherever they are not plainly a word. */
export function renderKey(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key) && !spokenFor.test(key) ? key : renderQuoted(key);
}

/** Double quotes hold any text; what YAML 1.1 takes for a line end or does not print is escaped. */
export function renderQuoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A literal block holds printable lines that begin with something to see, and end with one line end or none. */
function fitsBlock(text: string): boolean {
  return (
    /^[^\s].*\n/.test(text) &&
    !/\n\n$/.test(text) &&
    !/[^\t\n\u0020-\u007e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10fffd}]/u.test(text)
  );
}

function renderBlock(text: string, indent: number): string {
  const keep = text.endsWith('\n');
  const lines = (keep ? text.slice(0, -1) : text).split('\n');
  const body = lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line)).join('\n');
  return `|${keep ? '' : '-'}\n${body}`;
}

export function renderScalar(scalar: Scalar, place: Place): string {
  switch (scalar.type) {
    case 'null':
      return 'null';
    case 'bool':
      return scalar.text.toLowerCase();
    case 'int':
    case 'time':
      return scalar.text;
    case 'float':
      return renderFloat(scalar.text);
    default:
      if (scalar.bytes !== undefined) return `!!binary ${Buffer.from(scalar.bytes).toString('base64')}`;
      return renderString(scalar.text, place);
  }
}

/** With a point, so that it is read back as a float and not as an integer. */
function renderFloat(text: string): string {
  const special: Readonly<Record<string, string>> = { NaN: '.nan', '+Inf': '.inf', '-Inf': '-.inf', '-0': '-0.0' };
  const short = String(Number(text));
  return special[text] ?? (/[.e]/.test(short) ? short : `${short}.0`);
}

/** A whole tree on one line, for the place of an alias. Comments are left out. */
export function renderFlow(node: TreeNode, value: (node: ValueNode) => string): string {
  if (node.kind === 'value') return value(node);
  if (node.kind === 'list') {
    return `[${node.items.flatMap((item) => (item.kind === 'item' ? [renderFlow(item.value, value)] : [])).join(', ')}]`;
  }
  const entries = node.entries.flatMap((entry) =>
    entry.kind === 'entry' ? [`${renderKey(entry.key)}: ${renderFlow(entry.value, value)}`] : [],
  );
  return `{${entries.join(', ')}}`;
}

/** Plain data as block YAML in sops' own layout: four columns a level, many-line text as literal blocks. */
export function renderBlockData(data: unknown, indent: number): string {
  if (Array.isArray(data)) {
    return data.map((item) => `${' '.repeat(indent)}- ${renderBlockData(item, indent + 2).trimStart()}`).join('');
  }
  if (typeof data === 'object' && data !== null) {
    return Object.entries(data)
      .map(([key, value]) => `${' '.repeat(indent)}${renderKey(key)}:${renderBlockValue(value, indent)}`)
      .join('');
  }
  return `${renderData(data, indent)}\n`;
}

function renderBlockValue(value: unknown, indent: number): string {
  if (typeof value !== 'object' || value === null) return ` ${renderData(value, indent)}\n`;
  if (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0)
    return Array.isArray(value) ? ' []\n' : ' {}\n';
  return `\n${renderBlockData(value, indent + 4)}`;
}

function renderData(value: unknown, indent: number): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  if (value.startsWith('ENC[')) return value;
  if (/^\d+\.\d+\.\d+$/.test(value)) return value;
  // Inside a list item the keys stand two columns off the grid of four, the text of a block does not.
  return renderString(value, { flow: false, blockIndent: Math.floor(indent / 4) * 4 + 4 });
}
