/** What runtimes print around the words of an error that nobody caught: frames, source lines, fields, their own version. */
const around =
  /^(\s*$|node:|file:\/\/\S+:\d+$|\s+at |\s*\^|Node\.js v|Emitted '|\s*throw |goroutine \d|\t|\s*[}\]]|\s+\w+: |Require stack:|- \/)/;
const ofAnError = /\b\w*(error|exception|panic|fatal)\b[^:]{0,60}: ?\S/i;

/**
 * The line that best tells why a program ended: the last one, or, where it ended with an error that nobody caught, the words of
 * that error. Undefined where it said nothing.
 */
export function lastWords(lines: readonly string[]): string | undefined {
  const said = lines.filter((line) => line.trim() !== '');
  const last = said.at(-1);
  if (last === undefined) return undefined;
  const telling = said.filter((line) => !around.test(line));
  const found = around.test(last) ? telling.findLast((line) => ofAnError.test(line)) : undefined;
  return (found ?? telling.at(-1) ?? last).trim();
}
