/**
 * A merge conflict as Git itself writes it: whole lines between markers. Either side of it, taken throughout, is a whole
 * encrypted file with its own MAC; with the markers in it, it is no readable file at all and cannot be deployed.
 */
export interface Sides {
  readonly ours: string;
  readonly theirs: string;
}

const markers = { ours: '<<<<<<<', middle: '=======', theirs: '>>>>>>>' } as const;

/** @returns `ours` itself where both sides are the same */
export function writeConflict({ ours, theirs }: Sides, labels: Sides): string {
  const [a, b] = [lines(ours), lines(theirs)];
  const result: string[] = [];
  let at = 0;
  let other = 0;
  for (const [matchA, matchB] of [...commonLines(a, b), [a.length, b.length] as const]) {
    const [mine, their] = [a.slice(at, matchA), b.slice(other, matchB)];
    if (mine.length + their.length > 0) {
      result.push(`${markers.ours} ${labels.ours}\n`, ...ended(mine), `${markers.middle}\n`);
      result.push(...ended(their), `${markers.theirs} ${labels.theirs}\n`);
    }
    const common = a[matchA];
    if (common !== undefined) result.push(common);
    at = matchA + 1;
    other = matchB + 1;
  }
  return result.join('');
}

/** The two sides of a text with conflict markers, or undefined where it has none (or has them torn). */
export function readConflict(text: string): Sides | undefined {
  const ours: string[] = [];
  const theirs: string[] = [];
  let side: 'both' | 'ours' | 'theirs' = 'both';
  let found = false;
  for (const line of lines(text)) {
    const marker = /^(<<<<<<<|=======|>>>>>>>)(?: |\r?\n|$)/.exec(line)?.[1];
    if (marker === markers.ours && side === 'both') side = 'ours';
    else if (marker === markers.middle && side === 'ours') side = 'theirs';
    else if (marker === markers.theirs && side === 'theirs') {
      side = 'both';
      found = true;
    } else if (marker !== undefined) return undefined;
    else {
      if (side !== 'theirs') ours.push(line);
      if (side !== 'ours') theirs.push(line);
    }
  }
  return found && side === 'both' ? { ours: ours.join(''), theirs: theirs.join('') } : undefined;
}

function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function ended(group: readonly string[]): string[] {
  return group.map((line) => (line.endsWith('\n') ? line : `${line}\n`));
}

/** Positions of lines that both have, in order. Ciphertexts do not repeat, so taking the next match is good enough. */
function commonLines(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const matches: (readonly [number, number])[] = [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) matches.push([start, start++]);
  let tail = 0;
  while (tail < a.length - start && tail < b.length - start && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  let from = start;
  for (let at = start; at < a.length - tail; at += 1) {
    const match = b.indexOf(a[at] ?? '', from);
    if (match < 0 || match >= b.length - tail) continue;
    matches.push([at, match]);
    from = match + 1;
  }
  for (let left = tail; left > 0; left -= 1) matches.push([a.length - left, b.length - left]);
  return matches;
}
