/** Which program of the image copies: `node`, or its own `sh` and `cp`. */
export type Filler = 'node' | 'sh';

/** Where the volume stands for the container that fills it. */
const there = '/railiance-volume';
/** In the volume for as long as it is being filled: what was cut off is done again, and what is full is left alone. */
const mark = '.railiance-filling';

const script = `[ -d "$0" ] || exit 0
if ! [ -e "$1/${mark}" ]; then
  for f in "$1"/* "$1"/.[!.]*; do
    case $f in */lost+found) ;; *) if [ -e "$f" ]; then exit 0; fi ;; esac
  done
fi
: > "$1/${mark}" && cp -R "$0/." "$1/" && rm -f "$1/${mark}"`;

const program = `const fs = require('fs'), [from, to] = process.argv.slice(1), mark = to + '/${mark}';
if (!fs.existsSync(from)) process.exit();
const has = fs.readdirSync(to).filter((name) => name !== 'lost+found');
if (has.length > 0 && !has.includes('${mark}')) process.exit();
fs.writeFileSync(mark, '');
fs.cpSync(from, to, { recursive: true, verbatimSymlinks: true });
fs.rmSync(mark, { force: true });`;

/** Copies what the image has at this path into its volume, while that is empty. */
export function fillCommand(path: string, by: Filler, to = there): readonly string[] {
  return by === 'node' ? ['node', '-e', program, path, to] : ['sh', '-c', script, path, to];
}
